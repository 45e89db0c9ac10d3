"""Proves relays from inside the zone: one message at a time, under a claim, so that no user logs in twice for one."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.engine import told
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.results import Busy, Done, Fenced, Interrupted
from reconciler.engine.zone.permit import UnderClaims
from reconciler.errors import ReconcilerError
from reconciler.model.finding import Finding
from reconciler.model.handshake import Relay
from reconciler.model.ports import Hearing
from reconciler.model.wire import document as wire
from reconciler.model.work.proofs import Proven, ProveUnit
from reconciler.pipeline import guard
from reconciler.pipeline.resolve import paths

CLAIM = "prove"  # of the whole zone: relays count connections, whoever makes them
_NO_LEASE = 0  # a fence that orders nothing: handshakes of several runs may follow each other as they like

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving(UnderClaims):
    """Of one message."""

    def proven(self, unit: ProveUnit) -> Proven:
        """Its answer; never raises."""
        found = {relay: self.allowed.relay(relay) for relay in unit.relays}
        if not any(isinstance(one, Relay) for one in found.values()):
            return _together(unit, found, Proven(found=(), known=unit.known))
        match taken := self.taken(CLAIM, _NO_LEASE):
            case Finding():
                return _untried(unit, taken)
            case Done(answer=answer):
                return wire.read(Proven, json.loads(answer))
            case Fenced() | Busy() | Interrupted():
                return _untried(unit, taken.finding())
        with taken:
            return self._carried_out(unit, found, taken)

    def _carried_out(self, unit: ProveUnit, found: Mapping[Relay, Relay | Finding], mine: Mine) -> Proven:
        try:
            answer = self._asked(unit, found)
            document = json.dumps(wire.written(answer))
        except Exception as error:  # noqa: BLE001  # a bug of ours: it may have logged in before
            return _untried(unit, guard.as_finding(error, "handshakes"))
        if (lost := mine.finish(document)) is not None:
            log.warning("run=%s unit=%s: its answer is not kept: %s", mine.run, CLAIM, lost.why)
        return answer

    def _asked(self, unit: ProveUnit, found: Mapping[Relay, Relay | Finding]) -> Proven:
        """Raises Interrupted when the run is stopped."""
        from reconciler.pipeline.verify import prove  # and asyncio, where there is somebody to ask

        files = self.allowed.files
        expected = (self.allowed.relay(relay) for relay in unit.expected)
        here = replace(
            unit,
            relays=tuple(one for one in found.values() if isinstance(one, Relay)),
            expected=tuple(one for one in expected if isinstance(one, Relay)),
            known=paths.of_known(unit.known, files.known),
        )
        late = self.deadline.passed()
        if late is not None:
            return _untried(unit, late)
        try:
            made = prove.proven(here, self.secrets, hearing=Hearing(stopped=self.stopped))
        except ReconcilerError as error:
            return _untried(unit, error.finding())
        return _together(unit, found, replace(made, known=paths.of_known(made.known, files.there)))


def _untried(unit: ProveUnit, why: Finding) -> Proven:
    return Proven(found=tuple(told.unproven(relay, why) for relay in unit.relays), known=unit.known)


def _together(unit: ProveUnit, found: Mapping[Relay, Relay | Finding], made: Proven) -> Proven:
    """In the order of its relays: those that were not contacted between those that were."""
    rest = iter(made.found)
    tried = {relay: next(rest) for relay, one in found.items() if isinstance(one, Relay)}
    answers = (
        told.unproven(relay, one) if isinstance(one := found[relay], Finding) else tried[relay] for relay in unit.relays
    )
    return Proven(found=tuple(answers), known=made.known)
