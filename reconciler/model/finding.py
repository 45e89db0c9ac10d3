"""One type for everything worth telling: validation, policy, safety, honesty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reconciler.model.source import Position

if TYPE_CHECKING:
    from reconciler.model.acceptance import Accepted


class Severity(StrEnum):
    ERROR = "error"  # stops what it is about
    WARNING = "warning"  # needs somebody's attention
    RISK = "risk"  # beside a write, apply asks for it by name: --allow <rule>
    NOTE = "note"  # good to know


class Holds(StrEnum):
    """How long a finding holds, or on what that depends. Its setting is the one in `field`."""

    ALWAYS = "always"  # as long as it is found; as an error: something failed
    UNTIL_DECIDED = "until-decided"  # nothing failed: somebody has to decide, in the files
    UNTIL_REVIEWED = "until-reviewed"  # nothing failed: nobody was contacted, for the files are not reviewed yet
    UNTIL_DONE_BY_HAND = "until-done-by-hand"  # only a person can do it, at the platform: there is no setting to write
    UNTIL_CHANGED = "until-changed"  # about the value that is there: not told beside a change that replaces it
    IF_CHANGED = "if-changed"  # about what a change of its setting would do: told beside one only
    AS_DRIFT = "as-drift"  # nobody declared it, and it does what ours should: drift tells it, and counts it
    UNTIL_USED = "until-used"  # the settings are in sync, and not what the platform goes by: drift tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong or worth knowing, where, why, and how to fix it. Never holds a secret's value.

    `rule` is a stable id in kebab-case; `address` names an environment, target or resource; `field` a setting. Nothing
    is decided by the rule: what a finding does, its `severity` and `holds` say. A warning may be `accepted`.
    `replacement` is what has to stand at `where` instead, as YAML, where that follows from what stands there.
    """

    severity: Severity
    rule: str
    what: str
    why: str | None = None
    fix: str | None = None
    where: Position | None = None
    address: str | None = None
    field: str | None = None
    holds: Holds = Holds.ALWAYS
    accepted: Accepted | None = None
    replacement: str | None = None

    @property
    def warns(self) -> bool:
        """A warning that nobody has accepted."""
        return self.severity is Severity.WARNING and self.accepted is None

    @property
    def failed(self) -> bool:
        """An error that waits for nobody."""
        return self.severity is Severity.ERROR and self.holds is Holds.ALWAYS


def by_place(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the order of files and places, each once: an alias repeats what its anchor holds."""
    once = {(finding.where, finding.severity, finding.what): finding for finding in found}
    return tuple(sorted(once.values(), key=_place))


def _place(finding: Finding) -> tuple[str, int, int, str]:
    where = finding.where
    return ("", 0, 0, finding.what) if where is None else (where.file, where.line, where.column, finding.what)
