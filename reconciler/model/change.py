"""The difference of one resource, as data. A change says everything that its writer needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Attested, Origin, Value
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


WRITING = frozenset({Action.CREATE, Action.UPDATE, Action.ADOPT, Action.ARCHIVE})


class FieldKind(StrEnum):
    SET = "set"
    UNSET = "unset"  # cleared by null
    ROTATE = "rotate"  # a secret whose version moved, or that was changed on the platform since
    UNKNOWN = "unknown"  # a secret not yet set by reconciler: written, but not counted as drift
    AGAIN = "again"  # what stands there already, once more: an earlier run could neither prove it nor take it back


class Cause(StrEnum):
    """Who moved, judged by what was applied last."""

    GIT = "git"  # the declaration changed since
    PLATFORM = "platform"  # the platform was changed outside
    BOTH = "both"
    UNKNOWN = "unknown"  # this tool never applied it


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One setting, before and after.

    For a sensitive field `before` is None or the text of the version applied last ("v3"), `after` is the reference, and
    `version` is what it points at now; `why` tells a reader why a secret is written. `compared`: the platform was seen
    to hold another value (`drift --compare-secrets`).
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
    compared: bool = False


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
    guided: bool = False  # a person carries it out, by a work order
    attested: Attested | None = None  # of a guided one: who said last that it is done

    @property
    def writes(self) -> bool:
        return self.action in WRITING

    @property
    def differs(self) -> bool:
        """Whether platform and files disagree: what `drift` and `plan --detailed-exitcode` count."""
        return self.action in (WRITING | {Action.BLOCKED, Action.MANUAL}) and not self.only_unknown

    @property
    def waits(self) -> bool:
        """Blocked until somebody decides or does something; everything was read."""
        errors = (finding for finding in self.findings if finding.severity is Severity.ERROR)
        return self.action is Action.BLOCKED and any(not error.failed for error in errors)

    @property
    def unreadable(self) -> bool:
        """Blocked by what could not be read; a plan that was changed by hand may have no finding that says so."""
        return self.action is Action.BLOCKED and not self.fields and not self.waits and bool(self.findings)

    @property
    def only_unknown(self) -> bool:
        """An update that would only write secrets which this tool never wrote before."""
        return (
            not self.guided
            and self.action is Action.UPDATE
            and bool(self.fields)
            and all(field.kind is FieldKind.UNKNOWN for field in self.fields)
        )
