"""Transient failures on demand, in the forms that an overloaded or restarting Odoo and its proxy give them."""

import threading
import time
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from random import Random
from typing import Literal

from lab.servers.odoo.errors import PoolError, SerializationFailure, ServerError
from lab.servers.odoo.rpc import Response, html

Kind = Literal["pool", "serialization", "html500", "503html", "429", "truncated", "dropped", "slow"]
# raised where the call would run, so each protocol words it its own way
RAISED: dict[str, tuple[type[ServerError], str]] = {
    "pool": (PoolError, "The Connection Pool Is Full"),
    "serialization": (SerializationFailure, "could not serialize access due to concurrent update"),
}
# answered in place of the call
ANSWERED = {"html500", "503html", "429"}


@dataclass(frozen=True, slots=True)
class Failure:
    kind: Kind
    method: str | None  # only calls of this method fail; None: any
    seconds: float  # how long "slow" takes, and what Retry-After says of "429"


class Failures:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Failure] = []

    def add(self, times: int, failure: Failure) -> None:
        with self._lock:
            self._queue += [failure] * times

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()

    def __len__(self) -> int:
        with self._lock:
            return len(self._queue)

    def next_for(self, method: str) -> Failure | None:
        with self._lock:
            for failure in self._queue:
                if failure.method in (None, method):
                    self._queue.remove(failure)
                    return failure
        return None


class Weather:
    """What the network and the server are like for a while: slow, failing now and then, or rationed by a proxy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._random = Random(7)
        self.latency = 0.0  # seconds that each request takes longer
        self.failing = 0.0  # the part of the calls that fail in passing
        self.ration: tuple[int, float] | None = None  # so many requests in so many seconds
        self.refused = 0
        self._served: deque[float] = deque()

    def refuses(self) -> Response | None:
        """429, as a proxy in front of an Odoo answers; a request that is refused does not count."""
        with self._lock:
            if self.ration is None:
                return None
            calls, seconds = self.ration
            now = time.monotonic()
            while self._served and self._served[0] <= now - seconds:
                self._served.popleft()
            if len(self._served) < calls:
                self._served.append(now)
                return None
            self.refused += 1
            return answer(Failure("429", None, ceil(self._served[0] + seconds - now)))

    def failure(self, *, changes: bool) -> Failure | None:
        """A call that changes something fails as Odoo does when it rolls back; another may meet a proxy without one."""
        with self._lock:
            if self._random.random() >= self.failing:
                return None
            kinds: tuple[Kind, ...] = ("pool", "serialization") if changes else ("pool", "serialization", "503html")
            return Failure(self._random.choice(kinds), None, 0)


def answer(failure: Failure) -> Response:
    if failure.kind == "429":
        return html(HTTPStatus.TOO_MANY_REQUESTS, "Slow down.", {"Retry-After": f"{failure.seconds:g}"})
    if failure.kind == "503html":
        return html(HTTPStatus.SERVICE_UNAVAILABLE, "No server is available to handle this request.")
    return html(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The server encountered an internal error and was unable to complete your request. "
        "Either the server is overloaded or there is an error in the application.",
    )


def truncated(response: Response) -> Response:
    return Response(response.status, response.body[: len(response.body) // 2], response.content_type)
