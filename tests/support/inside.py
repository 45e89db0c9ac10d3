"""A Transport without a broker: whoever carries messages out is in this process. What can go wrong is set by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from reconciler.engine.remote.transport import Arrived, Lost, NoQueue, Parcel, Standing, Way

Work = Callable[[str], Any]  # a token; what comes back has `of` and `token`, or is None


@dataclass(eq=False)
class Inside:
    """`work` is who answers, by zone; a zone without one has a queue and no worker, and one that is no key has none.

    `down`: the broker is not there. `swallows` are zones whose messages vanish. `also` is sent before each answer.
    """

    work: dict[str, Work | None]
    heard: Callable[[str], None] = lambda token: None
    down: str | None = None
    swallows: set[str] = field(default_factory=set)
    also: list[str] = field(default_factory=list)
    sent: list[Parcel] = field(default_factory=list)
    connects: int = 0
    closed: bool = False

    def __post_init__(self) -> None:
        self._come: list[Arrived] = []
        self._bell = threading.Condition()
        self._rung = False
        self._lost: str | None = None
        self._pool = ThreadPoolExecutor(max_workers=8)

    def connect(self) -> None:
        self.connects += 1
        self._check()

    def standing(self, zone: str) -> Standing:
        self._check()
        if zone not in self.work:
            raise NoQueue(zone, f"no queue 'zone.{zone}'")
        return Standing(workers=int(self.work[zone] is not None), waiting=0)

    def publish(self, parcel: Parcel) -> None:
        self._check()
        self.sent.append(parcel)
        if parcel.way is Way.STOP:
            self.heard(parcel.token)
        elif parcel.zone not in self.swallows:
            self._pool.submit(self._carry_out, parcel)

    def arrived(self, seconds: float) -> Sequence[Arrived]:
        with self._bell:
            self._bell.wait_for(lambda: self._come or self._rung or self.down or self._lost, seconds)
            self._check()
            self._rung = False
            came, self._come = self._come, []
        return came

    def wake(self) -> None:
        with self._bell:
            self._rung = True
            self._bell.notify()

    def close(self) -> None:
        self.closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def loses(self, why: str) -> None:
        """The connection, once."""
        with self._bell:
            self._lost = why
            self._bell.notify()

    def _carry_out(self, parcel: Parcel) -> None:
        work = self.work[parcel.zone]
        done = work(parcel.token) if work else None
        with self._bell:
            self._come += [Arrived(zone=parcel.zone, of=parcel.jti, token=one) for one in self.also]
            if done is not None:
                self._come.append(Arrived(zone=parcel.zone, of=done.of, token=done.token))
            self._bell.notify()

    def _check(self) -> None:
        lost, self._lost = self.down or self._lost, None
        if lost is not None:
            raise Lost(lost)
