"""The plan: all that a reviewer and apply need. Self-describing, free of secrets, saved as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.text.plan_format import FORMAT_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """An environment as the plan shows it; stages are applied in `order`, equal numbers together."""

    name: str
    order: int
    protected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """Where the files came from; information only."""

    commit: str
    dirty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One kind of what a run uses (`hosts`, `credentials` by reference, `trust files`), beside its base."""

    kind: str
    same: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the files of a change were compared with: the full name of a reference, and its commit."""

    name: str
    commit: str
    uses: tuple[Used, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneOpens:
    """What the worker of a zone opens for a plan: `connection` to reach the platforms, also by the plan itself; `mail`
    when it is applied.

    `store_roles` is who it is to each of its secret stores, as far as the worker has told.
    """

    zone: str
    store_roles: Mapping[str, str] = field(default_factory=dict)
    connection: tuple[SecretRef, ...] = ()
    mail: tuple[SecretRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`complete`: everything selected could be read. `applyable`: there is something to write and nothing forbids it.

    `config_digest` is over the effective settings of what was selected: apply refuses when the files no longer say the
    same. `created_at` is RFC 3339, UTC. `rollback` names the journal of a run that this plan takes back;
    `unfinished` those that have not ended at what was selected: apply settles what they left. `zones` are those whose
    workers carry out something of it.
    """

    created_at: str
    tool_version: str
    config_digest: str
    stages: tuple[Stage, ...]
    changes: tuple[Change, ...]
    select: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    complete: bool = True
    applyable: bool = False
    git: Git | None = None
    review: Review | None = None
    rollback: str | None = None
    unfinished: tuple[str, ...] = ()
    zones: tuple[ZoneOpens, ...] = ()
    format_version: int = FORMAT_VERSION

    @property
    def unread(self) -> tuple[Finding, ...]:
        """Why targets could not be read of which nothing is declared, so that no change tells."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def nothing_read(self) -> bool:
        """Whether every platform that the plan is about kept silent: then it says nothing about any."""
        seen = [change for change in self.changes if change.action is not Action.RELEASED]
        return bool(seen or self.unread) and all(change.unreadable for change in seen)

    @property
    def undeclared(self) -> tuple[Finding, ...]:
        """What nobody declared and nobody has accepted, and does what ours should: drift of a target as a whole."""
        return tuple(one for one in self.findings if one.holds is Holds.AS_DRIFT and one.accepted is None)
