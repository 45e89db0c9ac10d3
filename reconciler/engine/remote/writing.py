"""The units of a write: noted before they are sent, and UNKNOWN where nobody says what became of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from reconciler.engine import told
from reconciler.engine.envelope.message import Op
from reconciler.engine.remote.desk import Desk
from reconciler.engine.remote.unanswered import Unanswered, unreadable
from reconciler.model.finding import Finding
from reconciler.model.ports import Ledger, Permit
from reconciler.model.settings import Reading
from reconciler.model.work.reads import ReadUnit, UnitRead
from reconciler.model.work.writes import UnitWritten, WriteUnit, Written, not_attempted
from reconciler.pipeline.observe import targets

LOOKS = 0.25  # the part of the deadline that is left for a look at what there is, once nobody has answered
LOOKS_AT_MOST = 10.0  # seconds
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing(Generic[T]):
    """`left`: nobody waits any more."""

    desk: Desk
    permit: Permit
    ledger: Ledger[T]
    deadline: float
    left: threading.Event = field(default_factory=threading.Event)

    def written(self, zone: str, units: Sequence[WriteUnit]) -> list[T]:
        """What the ledger makes of each answer. Called side by side."""
        answers = {unit.installation: self._not_begun(unit) for unit in units}
        begun = [unit for unit in units if answers[unit.installation] is None]
        if begun:
            answers |= {one.installation: one for one in self._sent(zone, begun)}
        if self.left.is_set():
            return []
        return [self.ledger.ends(one) for one in answers.values() if one is not None]

    def _not_begun(self, unit: WriteUnit) -> UnitWritten | None:
        if self.permit.stopped():
            return not_attempted(unit, None)
        error = self.permit.held() or self.ledger.begins(unit)
        return None if error is None else not_attempted(unit, error)

    def _sent(self, zone: str, units: Sequence[WriteUnit]) -> list[UnitWritten]:
        looks = min(LOOKS_AT_MOST, self.deadline * LOOKS)
        try:
            answers = self.desk.ask(
                zone,
                Op.WRITE,
                units,
                UnitWritten,
                seconds=self.deadline - looks,
                run=self.permit.run,
                fence=self.permit.fence,
                kinds=frozenset(target.spec.kind for unit in units for target in unit.targets),
            )
            if not all(map(_answers, units, answers)):
                raise unreadable(zone)
        except Unanswered as why:
            if not why.begun:
                return [not_attempted(unit, why.finding) for unit in units]
            return self._unknown(zone, units, why.finding, looks)
        return answers

    def _unknown(self, zone: str, units: Sequence[WriteUnit], why: Finding, seconds: float) -> list[UnitWritten]:
        """With what the console shows now: whoever reads it need not go and look."""
        now = {} if self.left.is_set() else self._now(zone, units, seconds)
        return [
            UnitWritten(
                installation=unit.installation,
                targets=tuple(
                    told.unknown(one.changes, why, now.get(one.spec.unit) or targets.unread(one.spec, why))
                    if one.changes
                    else Written(outcomes=(), after=None)
                    for one in unit.targets
                ),
            )
            for unit in units
        ]

    def _now(self, zone: str, units: Sequence[WriteUnit], seconds: float) -> dict[str, Reading]:
        reads = [ReadUnit(specs=tuple(target.spec for target in unit.targets)) for unit in units]
        kinds = frozenset(spec.kind for one in reads for spec in one.specs)
        try:
            found = self.desk.ask(zone, Op.READ, reads, UnitRead, seconds=seconds, kinds=kinds)
        except Unanswered as lost:
            return {spec.unit: targets.unread(spec, lost.finding) for one in reads for spec in one.specs}
        return {reading.unit: reading for one in found for reading in one.readings}


def _answers(unit: WriteUnit, answer: UnitWritten) -> bool:
    """Whether it says of each change of the unit what became of it, and of nothing else."""
    if answer.installation != unit.installation or len(answer.targets) != len(unit.targets):
        return False
    return all(
        sorted(str(one.address) for one in told.outcomes) == sorted(str(one.address) for one in asked.changes)
        for asked, told in zip(unit.targets, answer.targets, strict=True)
    )
