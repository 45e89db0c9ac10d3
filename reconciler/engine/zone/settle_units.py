"""Settles what a run that was cut off left: what the zone itself has kept of it, then what the platform shows."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reconciler.engine.claims.claims import Claims
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.results import Busy, Done, Fenced, Interrupted
from reconciler.engine.envelope.message import Request
from reconciler.engine.zone.allowed import Allowed
from reconciler.engine.zone.permit import Claimed, Deadline
from reconciler.errors import EngineError, SecretError
from reconciler.model.finding import Finding
from reconciler.model.wire import document as wire
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import UnitWritten
from reconciler.pipeline.write import settle
from reconciler.secrets.stores import Secrets

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """Of one message. `stopped`: somebody has stopped its run."""

    request: Request
    allowed: Allowed
    secrets: Secrets
    claims: Claims
    deadline: Deadline
    stopped: Callable[[], bool]

    def settled(self, units: Sequence[SettleUnit]) -> list[UnitSettled]:
        """Of the targets of one installation, in their order; never raises. It writes, so it needs the claim."""
        request, installation = self.request, units[0].spec.installation
        try:
            finished = self._finished(installation, units)
            taken = self.claims.take(
                installation,
                run=request.run,
                fence=request.fence,
                seq=request.seq,
                jti=request.jti,
                stop=self.stopped,
                wait=self.deadline.left,
            )
        except (SecretError, EngineError) as error:
            return [UnitSettled(error=error.finding()) for _ in units]
        match taken:
            case Done(answer=answer):
                return [wire.read(UnitSettled, one) for one in json.loads(answer)]
            case Fenced() | Busy() | Interrupted():
                return [UnitSettled(error=taken.finding()) for _ in units]
        with taken:
            return self._carried_out(units, taken, finished)

    def _carried_out(self, units: Sequence[SettleUnit], mine: Mine, finished: UnitWritten | None) -> list[UnitSettled]:
        permit = Claimed(mine, self.deadline)
        found = [self._one(unit, permit, finished) for unit in units]
        if (lost := mine.finish(json.dumps([wire.written(one) for one in found]))) is not None:
            log.warning("run=%s unit=%s: its answer is not kept: %s", mine.run, units[0].spec.installation, lost.why)
        return found

    def _one(self, unit: SettleUnit, permit: Claimed, finished: UnitWritten | None) -> UnitSettled:
        spec = self.allowed.target(unit.spec)
        error = spec if isinstance(spec, Finding) else permit.held()
        if error is not None or isinstance(spec, Finding):
            return UnitSettled(error=error)
        return replace(settle.settled(replace(unit, spec=spec), self.secrets), finished=finished)

    def _finished(self, installation: str, units: Sequence[SettleUnit]) -> UnitWritten | None:
        """The answer of the run that is to be settled, where its worker kept one. Raises SecretError, EngineError."""
        left = self.claims.adopted(installation)
        if left is None or left.answer is None or left.run not in {one.run for unit in units for one in unit.intents}:
            return None
        try:
            return wire.read(UnitWritten, json.loads(left.answer))
        except ValueError:  # it was settled before
            return None
