"""The engine that is built in: units of work in this process, side by side in bounded pools.

Each sort of unit imports what it needs: a run has two or three of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import SecretError
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake, Policy, Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.ports import SILENT, Hearing, Ledger, Permit, Proving
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Reading
from reconciler.pipeline.means import Means
from reconciler.secrets.stores import Secrets

if TYPE_CHECKING:
    from reconciler.model.work.settles import SettleUnit, UnitSettled
    from reconciler.model.work.writes import WriteUnit

_ASKING = 8  # more gain nothing: Vault answers in a millisecond
_LOOK = 0.1  # seconds between two looks at whether the run was stopped
T = TypeVar("T")


class Local:
    """Implements Engine (model/ports.py) for the network that this process is in. `workers` are installations at a
    time, as many as usual with None."""

    def __init__(self, secrets: Secrets, *, workers: int | None = None) -> None:
        self._secrets, self._workers = secrets, workers

    def read(self, specs: Sequence[TargetSpec]) -> Mapping[str, Reading]:
        from reconciler.pipeline.observe import targets

        return targets.readings(specs, self._secrets, workers=self._workers or targets.WORKERS)

    def versions(self, refs: Sequence[SecretRef]) -> Mapping[SecretRef, SecretVersion | Finding]:
        if not refs:
            return {}
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=min(_ASKING, len(refs))) as pool:
            return dict(zip(refs, pool.map(self._version, refs), strict=True))

    def _version(self, ref: SecretRef) -> SecretVersion | Finding:
        try:
            return self._secrets.version(ref)
        except SecretError as error:
            return error.finding()

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
        if not relays:
            return {}
        from reconciler.pipeline.verify import prove  # and asyncio

        return prove.here(
            relays, policy, self._secrets, proving=proving, parallel=parallel, timeouts=timeouts, hearing=hearing
        )

    def write(self, units: Sequence[WriteUnit], permit: Permit, ledger: Ledger[T], *, grace: float) -> Iterator[T]:
        from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

        from reconciler.model.work.writes import not_attempted
        from reconciler.pipeline.observe import targets
        from reconciler.pipeline.write import unit as unit_writes

        def work(unit: WriteUnit) -> T:
            if permit.stopped() or (error := permit.held() or ledger.begins(unit)):
                return ledger.ends(not_attempted(unit, None if permit.stopped() else error))
            return ledger.ends(unit_writes.written(unit, self._secrets, permit))

        groups = [[target.spec for target in unit.targets] for unit in units]
        pool = ThreadPoolExecutor(max_workers=targets.side_by_side(groups, self._workers or targets.WORKERS))
        pending = {pool.submit(work, unit) for unit in units}
        deadline: float | None = None
        try:
            while pending and (deadline is None or monotonic() < deadline):
                done, pending = wait(pending, timeout=_LOOK, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in done)
                if deadline is None and permit.stopped():
                    deadline = monotonic() + grace
        finally:
            pool.shutdown(wait=not pending, cancel_futures=True)

    def settle(self, units: Sequence[SettleUnit]) -> Sequence[UnitSettled]:
        from reconciler.pipeline.observe import targets
        from reconciler.pipeline.write import settle

        of = {unit.spec.unit: unit for unit in units}
        found = targets.each(
            [unit.spec for unit in units], lambda spec: (spec.unit, settle.settled(of[spec.unit], self._secrets))
        )
        answers = dict(found)
        return [answers[unit.spec.unit] for unit in units]

    def stop(self) -> None:
        """Units ask their permit before each request."""


def means(secrets: Secrets) -> Means:
    """Of a run that has one network."""
    return Means(secrets=secrets, engine=Local(secrets))
