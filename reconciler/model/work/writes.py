"""The unit of work that writes: one installation, its targets one after the other. Plain data, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.address import Address, Resource
from reconciler.model.change import Change, FieldChange
from reconciler.model.finding import Finding
from reconciler.model.handshake import Policy
from reconciler.model.landscape import TargetSpec
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.settings import Applied, Desired, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetWrites:
    """What is to be written to one target, and what a way back needs.

    `before` is the last reading, None where there is no way back; `untested` are the changes after which the
    platform's own test is not to run; `known` is what was applied to the installation before, `wanted` what is declared
    for it.
    """

    spec: TargetSpec
    changes: tuple[Change, ...]
    before: Reading | None = None
    untested: frozenset[Address] = frozenset()
    known: Mapping[Resource, Applied] = field(default_factory=dict)
    wanted: Mapping[Resource, Desired] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteUnit:
    """`patience` is how many seconds a write may take to be read back; `policy` is for handshakes on the way back."""

    installation: str
    targets: tuple[TargetWrites, ...]
    patience: float
    policy: Policy

    @property
    def zone(self) -> str | None:
        return self.targets[0].spec.zone

    @property
    def writes(self) -> bool:
        """Whether somebody has to be contacted: an installation may be there only to be remembered."""
        return any(target.changes for target in self.targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of the changes of one target; `after` is the last Reading, None when nothing was read back.

    `took_effect` are the changes after which the platform has what was planned, also where its own test failed: they
    are remembered. `overwritten` are the secrets that were written by the others: nobody can bring the earlier ones
    back. `unproven` were written, and neither proven nor taken back.
    """

    outcomes: tuple[Outcome, ...]
    after: Reading | None
    took_effect: frozenset[Address] = frozenset()
    overwritten: Mapping[Resource, tuple[FieldChange, ...]] = field(default_factory=dict)
    unproven: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitWritten:
    """The answer to a WriteUnit: one Written for each of its targets, in their order."""

    installation: str
    targets: tuple[Written, ...]


class _Always:
    """The Permit of who asks nobody."""

    run, fence = "", 0

    def stopped(self) -> bool:
        return False

    def held(self) -> Finding | None:
        return None


ALWAYS = _Always()


def not_attempted(unit: WriteUnit, error: Finding | None) -> UnitWritten:
    """The answer for a unit that was not begun."""
    return told(unit, OutcomeStatus.NOT_ATTEMPTED, error)


def told(unit: WriteUnit, status: OutcomeStatus, error: Finding | None) -> UnitWritten:
    """The answer where one thing is to be said of all changes of a unit."""
    return UnitWritten(
        installation=unit.installation,
        targets=tuple(
            Written(
                outcomes=tuple(Outcome(address=one.address, status=status, error=error) for one in target.changes),
                after=None,
            )
            for target in unit.targets
        ),
    )
