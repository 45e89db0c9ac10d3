"""The engine of a landscape with zones: what is in ours is done here, the rest where it is, both at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from queue import SimpleQueue
from typing import Protocol, TypeVar

from reconciler.engine.remote.threads import side_by_side
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake, Policy, Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.ports import SILENT, Engine, Hearing, Ledger, Permit, Proving
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Reading
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import WriteUnit

T = TypeVar("T")
U = TypeVar("U")


class Away(Engine, Protocol):
    """An Engine that holds a connection. `roles` is who opens secrets in each zone that told it, by store."""

    @property
    def roles(self) -> Mapping[str, Mapping[str, str]]: ...

    def close(self) -> None: ...


class Zoned:
    """Implements Engine (model/ports.py). Neither half is asked for nothing; `there` is opened once a unit is there."""

    def __init__(self, here: Engine, there: Callable[[], Away]) -> None:
        self._here, self._open = here, there
        self._there: Away | None = None

    def __enter__(self) -> Zoned:
        return self

    def __exit__(self, *_: object) -> None:
        if self._there is not None:
            self._there.close()

    @property
    def roles(self) -> Mapping[str, Mapping[str, str]]:
        """Who opens secrets in each zone, by store, as far as the zones were asked for versions."""
        return {} if self._there is None else self._there.roles

    def read(self, specs: Sequence[TargetSpec]) -> Mapping[str, Reading]:
        return _merged(_both(self._split(specs, lambda spec: spec.zone), lambda engine, some: engine.read(some)))

    def versions(self, refs: Sequence[SecretRef]) -> Mapping[SecretRef, SecretVersion | Finding]:
        return _merged(_both(self._split(refs, lambda ref: ref.zone), _versions))

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
        def prove(engine: Engine, some: Sequence[Relay]) -> Mapping[Relay, Handshake]:
            return engine.prove(some, policy, proving=proving, parallel=parallel, timeouts=timeouts, hearing=hearing)

        return _merged(_both(self._split(relays, lambda relay: relay.zone), prove))

    def write(self, units: Sequence[WriteUnit], permit: Permit, ledger: Ledger[T], *, grace: float) -> Iterator[T]:
        parts = [
            partial(engine.write, some, permit, ledger, grace=grace)
            for engine, some in self._split(units, lambda unit: unit.zone)
        ]
        return _interleaved(parts) if len(parts) > 1 else chain.from_iterable(part() for part in parts)

    def settle(self, units: Sequence[SettleUnit]) -> Sequence[UnitSettled]:
        parts = self._split(units, lambda unit: unit.spec.zone)
        found = _merged(_both(parts, _settled))
        return [found[unit.spec.unit] for unit in units]

    def stop(self) -> None:
        for engine in (self._here, self._there):
            if engine is not None:
                engine.stop()

    def _split(self, units: Sequence[U], zone: Callable[[U], str | None]) -> list[tuple[Engine, list[U]]]:
        ours = [unit for unit in units if zone(unit) is None]
        theirs = [unit for unit in units if zone(unit) is not None]
        if theirs and self._there is None:
            self._there = self._open()
        parts = ((self._here, ours), (self._there, theirs))
        return [(engine, some) for engine, some in parts if engine is not None and some]


def _versions(engine: Engine, refs: Sequence[SecretRef]) -> Mapping[SecretRef, SecretVersion | Finding]:
    return engine.versions(refs)


def _settled(engine: Engine, units: Sequence[SettleUnit]) -> Mapping[str, UnitSettled]:
    return {unit.spec.unit: one for unit, one in zip(units, engine.settle(units), strict=True)}


def _both(parts: Sequence[tuple[Engine, list[U]]], work: Callable[[Engine, list[U]], T]) -> list[T]:
    return side_by_side(lambda one: work(*one), parts)


def _merged(found: Sequence[Mapping[U, T]]) -> Mapping[U, T]:
    return found[0] if len(found) == 1 else {key: one for some in found for key, one in some.items()}


def _interleaved(parts: Sequence[Callable[[], Iterator[T]]]) -> Iterator[T]:
    """As each has something. An iterator that raises, raises here."""
    come: SimpleQueue[tuple[T] | BaseException | None] = SimpleQueue()

    def run(part: Callable[[], Iterator[T]]) -> None:
        try:
            for one in part():
                come.put((one,))
        except BaseException as error:  # noqa: BLE001  # raised where somebody waits
            come.put(error)
        come.put(None)

    pool = ThreadPoolExecutor(max_workers=len(parts))
    left = len([pool.submit(run, part) for part in parts])
    try:
        while left:
            match come.get():
                case None:
                    left -= 1
                case BaseException() as error:
                    raise error
                case (one,):
                    yield one
    finally:
        pool.shutdown(wait=not left)
