"""One thread that sends messages to zones and takes in what comes back; everybody else waits for a future."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic

from reconciler.engine.envelope.forged import Forged
from reconciler.engine.envelope.message import Answer, Request
from reconciler.engine.remote.transport import Arrived, Lost, NoQueue, Parcel, Transport, Way

LOOK = 1.0  # seconds between two looks at the clock, and at the broker's pulse
AGAIN = 0.5  # seconds between two attempts to reach a broker that was there before
RETURNS = 10.0  # seconds in which a broker that is started again, and its workers, are expected back
ENDED = "the run has ended"
STAFFED = 1.0  # seconds for which the number of a zone's workers is believed


class NoBroker(Exception):
    """Nothing was sent: the broker cannot be reached."""


class NoWorker(Exception):
    """Nothing was sent: nobody is there who would take it."""


class Silent(Exception):
    """It was sent, or may have been, and no answer came in time. `lost` says why, where the broker went away."""

    def __init__(self, lost: str | None) -> None:
        super().__init__(lost or "")
        self.lost = lost


Believed = Callable[[str, str, Request], Answer]
"""Zone, token and the request that it says it answers; raises Forged."""


@dataclass(slots=True, eq=False)
class _Sent:
    """`tried`: it may have been sent. `kept`: the broker has it on disk, and it need not be sent again."""

    parcel: Parcel
    request: Request
    ends: float  # monotonic
    future: Future[Answer] = field(default_factory=Future)
    tried: bool = False
    kept: bool = False


class Post:
    """`ignored` hears of answers that are not believed: zone, and what is wrong."""

    def __init__(self, transport: Transport, believed: Believed, ignored: Callable[[str, str], None]) -> None:
        self.transport, self._believed, self._ignored = transport, believed, ignored
        self._waiting: deque[_Sent] = deque()
        self._out: dict[str, _Sent] = {}
        self._staffed: dict[str, float] = {}  # zones that have workers, until when that is believed
        self._link = _Link()
        self._closed = False
        self._look = threading.Condition()
        self._thread: threading.Thread | None = None

    def send(self, parcel: Parcel, request: Request) -> Future[Answer]:
        """The future gets the answer, or NoBroker, NoQueue, NoWorker or Silent; that of a stop nothing."""
        one = _Sent(parcel=parcel, request=request, ends=monotonic() + parcel.seconds)
        with self._look:
            if self._closed:
                one.future.set_exception(Silent(ENDED))
                return one.future
            self._waiting.append(one)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="zones", daemon=True)
                self._thread.start()
            self._look.notify()
        self.transport.wake()
        return one.future

    def close(self) -> None:
        """What waits is sent, if it can be at once; answers are not waited for."""
        with self._look:
            self._closed = True
            self._look.notify()
        self.transport.wake()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._closed:
                self._round()
            if self._link.up:  # a stop that was sent last of all
                self._deliver()
        except Lost:
            pass
        finally:
            with self._look:
                self._closed = True  # whatever ended it: nobody would answer what is sent from now on
            for one in (*self._waiting, *self._out.values()):
                one.future.set_exception(Silent(ENDED))
            self.transport.close()

    def _round(self) -> None:
        if not (self._link.up or self._waiting or self._out):
            with self._look:
                self._look.wait_for(lambda: self._closed or self._waiting)
            return
        try:
            if not self._link.up:
                self._connect()
            self._deliver()  # before anything can be too late
            for one in self.transport.arrived(self._patience()):
                self._take(one)
        except Lost as lost:
            self._disconnected(lost.why)
        self._expire()

    def _patience(self) -> float:
        """Seconds until there is something to do but to take what comes."""
        ends = min((one.ends for one in self._out.values()), default=monotonic() + LOOK)
        return min(LOOK, max(0.0, ends - monotonic()))

    def _connect(self) -> None:
        """What the broker may not have is sent again: zones carry out a message once, however often it comes."""
        if self._link.absent():
            raise Lost(self._link.why)  # each phase of a run would wait for it anew
        self.transport.connect()
        self._link.returned()
        again = [one for one in self._out.values() if not one.kept]
        for one in again:
            del self._out[one.parcel.jti]
        self._waiting.extendleft(reversed(again))

    def _deliver(self) -> None:
        for _ in range(len(self._waiting)):
            one = self._waiting[0]  # where it stays, if the connection is lost while we ask
            why_not = self._why_not(one.parcel)
            self._waiting.popleft()
            if why_not is None:
                self._publish(one)
            elif isinstance(why_not, NoWorker) and self._link.just_returned():
                self._waiting.append(one)  # workers come back to it one after the other
            else:
                one.future.set_exception(Silent(self._link.why) if one.tried else why_not)

    def _why_not(self, parcel: Parcel) -> NoQueue | NoWorker | None:
        """Asked before anything is sent: what nobody takes would be missed only after the deadline."""
        now = monotonic()
        if self._staffed.get(parcel.zone, 0.0) > now or parcel.way is Way.STOP:
            return None
        try:
            if not self.transport.standing(parcel.zone).workers:
                return NoWorker()
        except NoQueue as why:
            return why
        self._staffed[parcel.zone] = now + STAFFED
        return None

    def _publish(self, one: _Sent) -> None:
        if one.parcel.way is not Way.STOP:
            self._out[one.parcel.jti] = one
        one.tried = True
        self.transport.publish(one.parcel)
        one.kept = one.parcel.sure

    def _take(self, arrived: Arrived) -> None:
        one = self._out.get(arrived.of)
        if one is None or one.parcel.zone != arrived.zone:
            return  # a second answer, or one to a run that has ended
        try:
            answer = self._believed(arrived.zone, arrived.token, one.request)
        except Forged as forged:
            self._ignored(arrived.zone, forged.what)  # the true one may still come
            return
        del self._out[arrived.of]
        one.future.set_result(answer)

    def _disconnected(self, why: str) -> None:
        self._staffed.clear()
        self._link.lost(why)
        if self._link.ever:
            with self._look:
                self._look.wait_for(lambda: self._closed, AGAIN)

    def _expire(self) -> None:
        now, gone = monotonic(), self._link.gone()
        lost = None if self._link.up else self._link.why
        for one in [one for one in self._out.values() if one.ends <= now]:
            del self._out[one.parcel.jti]
            one.future.set_exception(Silent(lost))
        for one in [one for one in self._waiting if one.ends <= now or (gone and not one.tried)]:
            self._waiting.remove(one)
            one.future.set_exception(_late(one, self._link))


def _late(one: _Sent, link: _Link) -> NoBroker | NoWorker | Silent:
    """Of a message that still waits to be sent, or to be sent again."""
    if one.tried:
        return Silent(None if link.up else link.why)
    return NoWorker() if link.up else NoBroker(link.why)


class _Link:
    """Whether the broker can be reached, and since when not."""

    def __init__(self) -> None:
        self.up = self.ever = False
        self.why = "no connection"
        self._since = self._back = 0.0
        self._missed: float | None = None

    def lost(self, why: str) -> None:
        if self.up:
            self._since = monotonic()
        elif not self.ever and not self.absent():
            self._missed = monotonic()
        self.up, self.why = False, why

    def absent(self) -> bool:
        """It was never there, and was looked for a moment ago."""
        return not self.ever and self._missed is not None and monotonic() < self._missed + RETURNS

    def returned(self) -> None:
        self._back = monotonic() if self.ever else 0.0
        self.up = self.ever = True

    def gone(self) -> bool:
        """It was never there, or is not expected back."""
        return not self.up and (not self.ever or monotonic() > self._since + RETURNS)

    def just_returned(self) -> bool:
        return monotonic() < self._back + RETURNS if self._back else False
