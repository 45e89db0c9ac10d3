"""Settles what runs that were cut off left in the zone: never beside the worker of such a run that still is at it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from reconciler.drivers.http import permitted
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.results import Busy, Done, Fenced, Interrupted
from reconciler.engine.zone.permit import Claimed, UnderClaims
from reconciler.model.finding import Finding
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.recovery import Fate
from reconciler.model.wire import document as wire
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import UnitWritten
from reconciler.pipeline.write import settle

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling(UnderClaims):
    """Of one message."""

    def settled(self, units: Sequence[SettleUnit], pool: Executor) -> tuple[UnitSettled, ...]:
        """In the order of the units, an installation's under one claim; never raises."""
        groups: dict[str, list[SettleUnit]] = {}
        for unit in units:
            groups.setdefault(unit.spec.installation, []).append(unit)
        found = pool.map(self._group, groups, groups.values())
        answers: dict[str, UnitSettled] = {}
        for group, some in zip(groups.values(), found, strict=True):
            answers |= zip((unit.spec.unit for unit in group), some, strict=True)
        return tuple(answers[unit.spec.unit] for unit in units)

    def _group(self, installation: str, units: Sequence[SettleUnit]) -> Sequence[UnitSettled]:
        match taken := self.taken(installation):
            case Finding():
                return _all(units, taken)
            case Done(answer=answer):
                return [wire.read(UnitSettled, one) for one in json.loads(answer)]
            case Fenced() | Busy() | Interrupted():
                return _all(units, taken.finding())
        with taken:
            return self._under_claim(units, taken)

    def _under_claim(self, units: Sequence[SettleUnit], mine: Mine) -> Sequence[UnitSettled]:
        finished = _finished(mine, units)
        found = [self._one(unit, finished, Claimed(mine, self.deadline)) for unit in units]
        if (lost := mine.finish(json.dumps([wire.written(one) for one in found]))) is not None:
            log.warning("run=%s unit=%s: its answer is not kept: %s", mine.run, units[0].spec.installation, lost.why)
        return found

    def _one(self, unit: SettleUnit, finished: UnitWritten | None, permit: Claimed) -> UnitSettled:
        spec = self.allowed.target(unit.spec)
        if isinstance(spec, Finding):
            return UnitSettled(error=spec)
        if (wrong := permit.held()) is not None:
            return UnitSettled(error=wrong)
        with permitted.asked(permit.held):
            found = settle.settled(replace(unit, spec=spec), self.secrets)
        if finished is None or found.error is not None:
            return found
        fates = tuple(_fate(one, how, finished) for one, how in zip(unit.intents, found.fates, strict=True))
        return replace(found, fates=fates, finished=finished)


def _all(units: Iterable[SettleUnit], why: Finding) -> Sequence[UnitSettled]:
    return [UnitSettled(error=why) for _ in units]


def _finished(mine: Mine, units: Iterable[SettleUnit]) -> UnitWritten | None:
    """What the worker of the run that was cut off kept: it had ended here, and nobody heard."""
    runs = {name for unit in units for one in unit.intents for name in (one.run, one.journal)}
    if mine.before is None or mine.before.answer is None or mine.before.run not in runs:
        return None
    try:
        return wire.read(UnitWritten, json.loads(mine.before.answer))
    except ValueError:  # of another kind, or another version
        return None


def _fate(one: Intent, how: Fate, finished: UnitWritten) -> Fate:
    """Its worker knows better than what can be read, where a secret was written."""
    took = any(one.change.address in target.took_effect for target in finished.targets)
    return Fate.TOOK_EFFECT if took and how is Fate.UNKNOWN else how
