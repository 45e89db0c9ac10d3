"""How a worker answers: by a connection of its own, which all of its threads share."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass

import amqp

from reconciler.engine.celery import names
from reconciler.engine.celery.link import FAILURES, Link, connected, words
from reconciler.engine.remote.transport import Lost

_CONFIRMED = 5.0  # seconds that the broker gets to say that it has an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A sealed answer to the request `of`, for the run whose key is `to`. A `sure` one outlives the broker."""

    to: str
    of: str
    token: str
    sure: bool


class Mouth:
    def __init__(self, link: Link, zone: str) -> None:
        self._link, self._zone = link, zone
        self._lock = threading.Lock()
        self._connection: amqp.Connection | None = None
        self._channel: amqp.Channel | None = None

    def say(self, reply: Reply) -> None:
        """Raises Lost: the message is not acknowledged then, and comes again once the broker is back."""
        message = amqp.Message(
            reply.token,
            content_type="application/jwt",
            correlation_id=reply.of,
            delivery_mode=2 if reply.sure else 1,
            expiration=str(names.LIVES * 1000),
        )
        with self._lock:
            try:
                self._publish(message, reply)
            except FAILURES:  # it may have been gone since the last answer
                self._again(message, reply)

    def _again(self, message: amqp.Message, reply: Reply) -> None:
        self.close()
        try:
            self._publish(message, reply)
        except FAILURES as error:
            self.close()
            raise Lost(words(error)) from None

    def close(self) -> None:
        with contextlib.suppress(*FAILURES):
            if self._connection is not None:
                self._connection.collect()
        self._connection = self._channel = None

    def _publish(self, message: amqp.Message, reply: Reply) -> None:
        if self._channel is None:
            self._connection = connected(self._link, beats=0)  # nobody is here to keep it alive between two answers
            self._channel = self._connection.channel()
        way = {"exchange": names.reply(self._zone), "routing_key": reply.to}
        self._channel.basic_publish_confirm(message, **way, confirm_timeout=_CONFIRMED)
