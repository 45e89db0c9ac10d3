"""Writes the units of one message, each under its claim: once, however often the message comes."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace

from reconciler.drivers.http import permitted
from reconciler.engine import told
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.results import Busy, Done, Fenced, Interrupted
from reconciler.engine.zone.permit import Claimed, UnderClaims
from reconciler.model.finding import Finding
from reconciler.model.wire import document as wire
from reconciler.model.work.writes import TargetWrites, UnitWritten, WriteUnit, Written, not_attempted
from reconciler.pipeline import guard
from reconciler.pipeline.observe import targets
from reconciler.pipeline.write import unit as unit_writes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing(UnderClaims):
    """Of one message."""

    def written(self, unit: WriteUnit) -> UnitWritten:
        """Its answer; never raises."""
        found = [self.allowed.writes(one) for one in unit.targets]
        here = tuple(one for one in found if not isinstance(one, Finding))
        if not any(one.changes for one in here):
            return _together(unit, found, ())
        answer = self._claimed(replace(unit, targets=here))
        return _together(unit, found, answer.targets)

    def _claimed(self, unit: WriteUnit) -> UnitWritten:
        if self.stopped() or (late := self.deadline.passed()):
            return not_attempted(unit, None if self.stopped() else late)
        match taken := self.taken(unit.installation):
            case Finding():
                return not_attempted(unit, taken)
            case Done(answer=answer):
                return wire.read(UnitWritten, json.loads(answer))
            case Fenced() | Busy():
                return not_attempted(unit, taken.finding())
            case Interrupted():
                return self._unknown(unit, taken.finding())
        with taken:
            return self._carried_out(unit, taken)

    def _carried_out(self, unit: WriteUnit, mine: Mine) -> UnitWritten:
        """Without an answer of ours the claim stays open, and says so to whoever comes next."""
        try:
            permit = Claimed(mine, self.deadline)
            with permitted.asked(permit.held):
                answer = unit_writes.written(unit, self.secrets, permit)
            document = json.dumps(wire.written(answer))
        except Exception as error:  # noqa: BLE001  # a bug of ours: it may have written before
            return self._unknown(unit, guard.as_finding(error, unit.installation))
        if (lost := mine.finish(document)) is not None:
            log.warning("run=%s unit=%s: its answer is not kept: %s", mine.run, unit.installation, lost.why)
        return answer

    def _unknown(self, unit: WriteUnit, why: Finding) -> UnitWritten:
        found = tuple(
            told.unknown(one.changes, why, targets.reading(one.spec, self.secrets))
            if one.changes
            else Written(outcomes=(), after=None)
            for one in unit.targets
        )
        return UnitWritten(installation=unit.installation, targets=found)


def _together(unit: WriteUnit, found: list[TargetWrites | Finding], written: tuple[Written, ...]) -> UnitWritten:
    """In the order of its targets: those that are not carried out here between those that were."""
    rest = iter(written)
    answers = (
        told.failed(one.changes, result)
        if isinstance(result, Finding)
        else next(rest, Written(outcomes=(), after=None))
        for one, result in zip(unit.targets, found, strict=True)
    )
    return UnitWritten(installation=unit.installation, targets=tuple(answers))
