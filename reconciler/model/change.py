"""The difference of one resource, as data. A change says everything that its writer needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.address import Address
from reconciler.model.finding import Finding
from reconciler.model.settings import Origin, Value
from reconciler.model.source import Position


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"  # take over an existing object: put our mark on it, then update
    ARCHIVE = "archive"  # take it out of use; nothing is ever deleted
    RELEASED = "released"  # no longer declared; left as it is
    NONE = "none"
    BLOCKED = "blocked"  # something must be decided first; see findings
    MANUAL = "manual"  # only a person can do it; see findings


# Rules of findings that wait for a person's decision in the files; any other error means that something failed.
DECISIONS = frozenset(
    {
        *("ambiguous", "claimed-twice", "defined-twice", "nothing-to-adopt", "trust-changed"),
        *("last-active-server", "no-ca", "not-writable"),
    }
)
# Rules of findings about what only a person can do, at the platform: there is no setting to write.
BY_HAND = frozenset({"needs-authorization"})
# Rules of findings about what a write of their setting would end: told with a change of it only.
OF_A_WRITE = frozenset({"replaces-a-variable"})
# Rules of findings about a value that is there: a change of their setting ends them, and the declared value is judged
# for itself.
ENDED_BY_A_WRITE = frozenset({"open-relay"})
WRITING = frozenset({Action.CREATE, Action.UPDATE, Action.ADOPT, Action.ARCHIVE})


class FieldKind(StrEnum):
    SET = "set"
    UNSET = "unset"  # cleared by null
    ROTATE = "rotate"  # a secret whose version moved, or that was changed on the platform since
    UNKNOWN = "unknown"  # a secret that was never applied by this tool: written, but not counted as drift


class Cause(StrEnum):
    """Who moved, told from what was applied last."""

    GIT = "git"  # the declaration changed since
    PLATFORM = "platform"  # the platform was changed outside
    BOTH = "both"
    UNKNOWN = "unknown"  # this tool never applied it


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One setting, before and after.

    For a sensitive field `before` is None or the text of the version applied last ("v3"), `after` is the reference, and
    `version` is what it points at now; `why` tells a reader why a secret is written.
    """

    field: str
    kind: FieldKind
    before: Value
    after: Value
    cause: Cause
    sensitive: bool = False
    version: str | None = None
    origin: Origin | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What will be done to one resource.

    `id` is the platform's name for the object (adopt, update, archive); `marker` its modification mark when it was
    read; `moved_from` the resource's former address. `unchanged` counts the declared settings that are already right.
    `applied_run` and `applied_at` (RFC 3339) say when this tool wrote the resource last.
    """

    address: Address
    kind: str
    installation: str
    action: Action
    fields: tuple[FieldChange, ...] = ()
    unchanged: int = 0
    risks: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()
    marker: str | None = None
    id: int | str | None = None
    moved_from: Address | None = None
    position: Position | None = None
    applied_run: str | None = None
    applied_at: str | None = None

    @property
    def writes(self) -> bool:
        return self.action in WRITING

    @property
    def differs(self) -> bool:
        """Whether platform and files disagree: what `drift` and `plan --detailed-exitcode` count."""
        return self.action in (WRITING | {Action.BLOCKED, Action.MANUAL}) and not self.only_unknown

    @property
    def undecided(self) -> bool:
        """Blocked until the files say more; everything was read."""
        return self.action is Action.BLOCKED and any(finding.rule in DECISIONS for finding in self.findings)

    @property
    def only_unknown(self) -> bool:
        """An update that would only write secrets which this tool never wrote before."""
        return (
            self.action is Action.UPDATE
            and bool(self.fields)
            and all(field.kind is FieldKind.UNKNOWN for field in self.fields)
        )
