"""Where units become sealed messages, and answers that are believed become units again."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

import reconciler
from reconciler import platforms
from reconciler.engine.envelope.keys import PrivateKey
from reconciler.engine.envelope.message import LONGEST, Answer, Op, Request, Role, Status
from reconciler.engine.envelope.sealed import seal
from reconciler.engine.remote.portable import portable
from reconciler.engine.remote.post import NoBroker, NoWorker, Post, Silent
from reconciler.engine.remote.transport import NoQueue, Parcel, Way
from reconciler.engine.remote.unanswered import Unanswered, unanswered, unreadable
from reconciler.errors import EngineError
from reconciler.model.finding import Finding
from reconciler.model.wire import PROTOCOL
from reconciler.model.wire import document as wire

T = TypeVar("T")
_SURE = frozenset({Op.WRITE, Op.SETTLE})  # a message that is lost is only read again; these would be UNKNOWN


class TooLong(EngineError):
    """A unit does not fit into one message."""

    rule = "message-too-long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Of one process. `broker` is how messages for people call it, `reply` by what answers find this process."""

    post: Post
    key: PrivateKey
    role: Role
    reply: str
    broker: str
    version: str = reconciler.__version__
    _next: count[int] = field(default_factory=lambda: count(1))
    _asked: dict[tuple[str, str], int] = field(default_factory=dict)  # zones and runs, each with its fence
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(  # noqa: PLR0913  # what stands on an envelope
        self,
        zone: str,
        op: Op,
        units: Sequence[Any],
        kind: type[T],
        *,
        seconds: float,
        run: str | None = None,
        fence: int = 0,
        kinds: frozenset[str] = frozenset(),
        wait: Callable[[Future[Answer]], None] = lambda answer: None,
    ) -> list[T]:
        """The answers, one of each unit. `kinds` are the platforms in them. Raises Unanswered, and what `wait` does."""
        answer = self.answered(zone, op, units, seconds=seconds, run=run, fence=fence, kinds=kinds, wait=wait)
        try:
            found = [wire.read(kind, one) for one in answer.body]
        except ValueError:
            raise unreadable(zone) from None
        if len(found) != len(units):
            raise unreadable(zone)
        return found

    def answered(  # noqa: PLR0913  # as above
        self,
        zone: str,
        op: Op,
        units: Sequence[Any],
        *,
        seconds: float,
        run: str | None = None,
        fence: int = 0,
        kinds: frozenset[str] = frozenset(),
        wait: Callable[[Future[Answer]], None] = lambda answer: None,
    ) -> Answer:
        """Of a message that was carried out. Raises Unanswered."""
        request = self._request(zone, op, units, seconds, run or self.reply, fence, kinds)
        way = Way.PROVE if op is Op.PROVE else Way.WORK
        sent = self.post.send(self._parcel(request, way, seconds, op in _SURE), request)
        wait(sent)
        try:
            answer = sent.result()
        except (NoBroker, NoQueue, NoWorker, Silent) as error:
            raise unanswered(error, zone, self.broker, seconds) from None
        if answer.status is not Status.DONE:
            raise _refused(answer)
        return answer

    def stop(self, seconds: float) -> None:
        """Each run that something was asked for, in each of its zones. Waits for nobody."""
        with self._lock:
            asked = dict(self._asked)
        for (zone, run), fence in asked.items():
            request = self._request(zone, Op.STOP, (), seconds, run, fence, frozenset())
            self.post.send(self._parcel(request, Way.STOP, seconds, sure=False), request)

    def _request(  # as above
        self, zone: str, op: Op, units: Sequence[Any], seconds: float, run: str, fence: int, kinds: frozenset[str]
    ) -> Request:
        """Raises Unanswered for a CA file that is not there."""
        try:
            packed = [portable(one) for one in units]
        except EngineError as error:
            raise Unanswered(error.finding(), begun=False) from None
        with self._lock:
            self._asked[zone, run] = fence
        now = time.time()
        return Request(
            zone=zone,
            jti=uuid4().hex,
            issued=int(now),
            deadline=int(now) + min(LONGEST, math.ceil(now % 1 + seconds)),
            role=self.role,
            run=run,
            fence=fence,
            seq=next(self._next),
            op=op,
            protocol=PROTOCOL,
            version=self.version,
            reply=self.reply,
            body=tuple(wire.written(one.unit) for one in packed),
            platforms=_packages(kinds),
            files={digest: text for one in packed for digest, text in one.files.items()},
        )

    def _parcel(self, request: Request, way: Way, seconds: float, sure: bool) -> Parcel:
        try:
            token = seal(request, self.key)
        except ValueError as error:
            why = TooLong(f"zone {request.zone}: nothing was sent", why=str(error), fix="declare less on one target")
            raise Unanswered(why.finding(), begun=False) from None
        return Parcel(zone=request.zone, way=way, jti=request.jti, token=token, seconds=seconds, sure=sure)


def _refused(answer: Answer) -> Unanswered:
    try:
        return Unanswered(wire.read(Finding, answer.why), begun=False)
    except ValueError:
        return unreadable(answer.zone)


def _packages(kinds: frozenset[str]) -> Mapping[str, str]:
    """Of those that are not ours."""
    return {kind: package for kind in kinds - set(platforms.KINDS) if (package := platforms.package(kind))}
