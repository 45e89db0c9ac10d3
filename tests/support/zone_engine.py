"""The engine of a run whose targets are all in one zone: each unit sealed, given to its worker, its answer opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reconciler.engine.envelope.message import Op
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake, Policy, Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.ports import SILENT, Hearing, Ledger, Permit, Proving
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Reading
from reconciler.model.wire import document as wire
from reconciler.model.work.proofs import Known, Proven, ProveUnit
from reconciler.model.work.reads import ReadUnit, UnitRead, VersionsTold, VersionsUnit
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import UnitWritten, WriteUnit
from support.zone_worker import ZoneWorker

T = TypeVar("T")


@dataclass(eq=False)
class ZoneEngine:
    zone: ZoneWorker

    def read(self, specs: Sequence[TargetSpec]) -> Mapping[str, Reading]:
        answer = self.zone.ask(Op.READ, *(ReadUnit(specs=(one,)) for one in specs), key=self.zone.plan)
        found = [wire.read(UnitRead, one) for one in answer.body]
        return {reading.unit: reading for one in found for reading in one.readings}

    def versions(self, refs: Sequence[SecretRef]) -> Mapping[SecretRef, SecretVersion | Finding]:
        answer = self.zone.ask(Op.VERSIONS, VersionsUnit(refs=tuple(refs)), key=self.zone.plan)
        return wire.read(VersionsTold, answer.body[0]).versions

    def prove(
        self,
        relays: Sequence[Relay],
        policy: Policy,
        *,
        proving: Proving | None = None,
        parallel: int = 64,
        timeouts: Sequence[tuple[str, float]] = (),
        hearing: Hearing = SILENT,
    ) -> Mapping[Relay, Handshake]:
        memory = proving.memory if proving else {}
        unit = ProveUnit(
            relays=tuple(relays),
            policy=policy,
            expected=proving.expected if proving else (),
            known=memory.get("dmz", Known()),
        )
        answer = wire.read(Proven, self.zone.ask(Op.PROVE, unit).body[0])
        memory["dmz"] = answer.known
        return dict(zip(relays, answer.found, strict=True))

    def write(self, units: Sequence[WriteUnit], permit: Permit, ledger: Ledger[T], *, grace: float) -> Iterator[T]:
        for unit in units:
            error = ledger.begins(unit)
            assert error is None, error
            answer = self.zone.ask(Op.WRITE, unit)
            yield ledger.ends(wire.read(UnitWritten, answer.body[0]))

    def settle(self, units: Sequence[SettleUnit]) -> Sequence[UnitSettled]:
        return [wire.read(UnitSettled, one) for one in self.zone.ask(Op.SETTLE, *units).body] if units else []

    def stop(self) -> None: ...
