"""What a night found: the targets that drifted, those that could not be read, and what became of their issues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from reconciler.model.answers.proof import Proof
from reconciler.model.change import Action, Change
from reconciler.model.difference import fingerprint, fingerprints
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """`issues` are the addresses of open ones, by target; `url` is where to look at the run itself; `problems` are what
    could not be told where it should have been."""

    plan: Plan
    proof: Proof | None = None
    issues: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    problems: tuple[Finding, ...] = ()

    @property
    def drifted(self) -> Mapping[str, Plan]:
        """By target: the plan of that target alone. What was never applied is no drift, nor what was not read."""
        units = [one.address.unit for one in self.plan.changes if one.differs and not one.unreadable]
        units += [unit_of(one) for one in self.plan.undeclared if one.address]
        changes = _by_unit((one.address.unit, one) for one in self.plan.changes)
        findings = _by_unit((unit_of(one), one) for one in self.plan.findings)
        return {
            unit: replace(self.plan, changes=tuple(changes.get(unit, ())), findings=tuple(findings.get(unit, ())))
            for unit in dict.fromkeys(units)
        }

    @property
    def unread(self) -> Mapping[str, Finding]:
        """By target: why nothing is known of it, or of some of it."""
        found = {unit_of(one): one for one in self.plan.unread if one.address}
        for one in self.plan.changes:
            if one.unreadable:
                found.setdefault(one.address.unit, _reason(one))
        return found

    @property
    def in_sync(self) -> frozenset[str]:
        return self.declared - self.drifted.keys() - self.unread.keys()

    @property
    def declared(self) -> frozenset[str]:
        """Targets of which this run says something."""
        said = {one.address.unit for one in self.plan.changes if one.action is not Action.RELEASED}
        return frozenset(said | self.drifted.keys() | self.unread.keys())

    @property
    def digest(self) -> str:
        """The same as long as the same has drifted and the same cannot be read, whenever that is."""
        found = fingerprints(differing(self.plan))
        found |= {f"{unit_of(one)} {one.rule}": one.what for one in self.plan.undeclared}
        return fingerprint(found | {f"{unit} unread": one.rule for unit, one in self.unread.items()})

    @property
    def quiet(self) -> bool:
        """Nothing that anybody has to hear of."""
        return not self.drifted and not self.unread


def _by_unit(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for unit, one in pairs:
        found.setdefault(unit, []).append(one)
    return found


def _reason(change: Change) -> Finding:
    """The error, and not what is noted beside it."""
    return next((one for one in change.findings if one.severity is Severity.ERROR), change.findings[0])


def unit_of(finding: Finding) -> str:
    return (finding.address or "").partition(":")[0]


def differing(plan: Plan) -> tuple[Change, ...]:
    return tuple(one for one in plan.changes if one.differs and not one.unreadable)
