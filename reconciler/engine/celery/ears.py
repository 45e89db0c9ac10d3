"""How a worker hears that a run is stopped: a queue of its own, which goes with its connection."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable
from typing import Any

import amqp

from reconciler.engine.celery import names
from reconciler.engine.celery.link import FAILURES, Link, connected
from reconciler.engine.remote.transport import Lost

_LOOK = 1.0  # seconds between two looks at whether to end
_AGAIN = 1.0  # seconds between two attempts to reach the broker


class Ears:
    """`heard` gets each token, in a thread of this; it believes none without a look."""

    def __init__(self, link: Link, zone: str, worker: str, heard: Callable[[str], None]) -> None:
        self._link, self._zone, self._worker, self._heard = link, zone, worker, heard
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stops", daemon=True)

    def __enter__(self) -> Ears:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.is_set():
            with contextlib.suppress(Lost, *FAILURES):
                self._listen()
            self._end.wait(_AGAIN)

    def _listen(self) -> None:
        connection = connected(self._link)
        try:
            self._consume(connection.channel())
            while not self._end.is_set():
                with contextlib.suppress(TimeoutError):
                    connection.drain_events(timeout=_LOOK)
                connection.heartbeat_tick()
            connection.close()
        finally:
            connection.collect()

    def _consume(self, channel: amqp.Channel) -> None:
        """A new name each time: the broker may not have noticed yet that the one before has gone."""
        queue = names.stop(self._zone, f"{self._worker}-{secrets.token_hex(4)}")
        channel.queue_declare(queue, exclusive=True, auto_delete=True)
        channel.queue_bind(queue, names.stop(self._zone))
        channel.basic_consume(queue, no_ack=True, callback=self._take)

    def _take(self, message: Any) -> None:
        text = message.body
        self._heard(text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text))
