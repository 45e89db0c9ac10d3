"""Transient failures on demand, in the forms that an overloaded or restarting Odoo and its proxy give them."""

import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from lab.odoo.errors import PoolError, SerializationFailure, ServerError
from lab.odoo.rpc import Response, html

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

    def next_for(self, method: str) -> Failure | None:
        with self._lock:
            for failure in self._queue:
                if failure.method in (None, method):
                    self._queue.remove(failure)
                    return failure
        return None


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
