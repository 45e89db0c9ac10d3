"""The coordinator's way to zones: AMQP 0-9-1 to RabbitMQ, in the form that a Celery worker takes.

Speaks py-amqp itself: Celery would retry, import and remember more than one run needs. The message is Celery's own:
https://docs.celeryq.dev/en/stable/internals/protocol.html#version-2
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
from collections.abc import Sequence
from time import monotonic
from typing import Any

import amqp

from reconciler.engine.celery import names
from reconciler.engine.celery.link import FAILURES, Link, connected, words
from reconciler.engine.remote.transport import Arrived, Lost, NoQueue, Parcel, Standing, Way

_CONFIRMED = 5.0  # seconds that the broker gets to write a message to disk
_BYE = 0.2  # seconds
_KEPT = 2  # delivery mode: on disk


class Rabbit:
    """Implements Transport (engine/remote/transport.py). `reply` names this run's queues: hex digits, by chance."""

    def __init__(self, link: Link, reply: str) -> None:
        self._link, self._reply = link, reply
        self._connection: amqp.Connection | None = None
        self._zones: dict[str, amqp.Channel] = {}
        self._opened: set[str] = set()  # also those of a connection that is gone
        self._came: list[Arrived] = []
        self._socket: Any = None
        self._ours, self._bell = socket.socketpair()
        self._ours.setblocking(False)
        self._bell.setblocking(False)

    def connect(self) -> None:
        self._drop()
        self._connection = connected(self._link)
        self._socket = self._connection.sock
        self._plain, self._sure = self._channel(), self._channel()
        for zone in self._opened:
            with contextlib.suppress(NoQueue):  # told when it is asked for
                self._open(zone)

    def standing(self, zone: str) -> Standing:
        """Raises Lost, NoQueue."""
        if zone not in self._zones:
            self._open(zone)
        queue = names.work(zone)
        try:
            found = self._plain.queue_declare(queue, passive=True)
        except amqp.ChannelError as error:
            self._plain = self._channel()
            raise NoQueue(zone, words(error)) from None
        except FAILURES as error:
            raise Lost(words(error)) from None
        return Standing(workers=int(found.consumer_count), waiting=int(found.message_count))

    def publish(self, parcel: Parcel) -> None:
        """Raises Lost."""
        message = _message(parcel)
        way = {"exchange": _exchange(parcel), "routing_key": _key(parcel)}
        try:
            if parcel.sure:
                self._sure.basic_publish_confirm(message, **way, confirm_timeout=_CONFIRMED)
            else:
                self._plain.basic_publish(message, **way)
        except FAILURES as error:
            raise Lost(words(error)) from None

    def arrived(self, seconds: float) -> Sequence[Arrived]:
        """Raises Lost."""
        end = monotonic() + seconds
        try:
            self._drain()
            while not self._came and (left := end - monotonic()) > 0:
                if self._rung(left):
                    break
                self._drain()
            self._alive().heartbeat_tick()
        except FAILURES as error:
            raise Lost(words(error)) from None
        came, self._came = self._came, []
        return came

    def wake(self) -> None:
        with contextlib.suppress(OSError):  # it rings already, or there is nobody any more
            self._bell.send(b"!")

    def close(self) -> None:
        with contextlib.suppress(Lost, *FAILURES):
            for zone, channel in self._zones.items():
                channel.queue_delete(names.reply(zone, self._reply), nowait=True)
            self._alive().close()
        self._drop()

    def _drop(self) -> None:
        """Without a word: queues stay, and what comes meanwhile waits in them."""
        if self._connection is not None:
            with contextlib.suppress(*FAILURES):
                self._socket.settimeout(_BYE)  # TLS would wait for the other end to say it too
                self._connection.collect()
        self._zones.clear()
        self._connection = None

    def _alive(self) -> amqp.Connection:
        if self._connection is None:
            raise Lost("no connection")
        return self._connection

    def _channel(self) -> amqp.Channel:
        try:
            return self._alive().channel()
        except FAILURES as error:
            raise Lost(words(error)) from None

    def _open(self, zone: str) -> None:
        """A queue for its answers to this run. It stays for a while when the connection goes: answers wait in it."""
        channel, queue = self._channel(), names.reply(zone, self._reply)
        try:
            channel.queue_declare(
                queue, durable=True, auto_delete=False, arguments={"x-expires": int(names.LIVES * 1000)}
            )
            channel.queue_bind(queue, names.reply(zone), self._reply)
            channel.basic_consume(queue, no_ack=True, callback=lambda message: self._take(zone, message))
        except amqp.ChannelError as error:
            raise NoQueue(zone, words(error)) from None
        except FAILURES as error:
            raise Lost(words(error)) from None
        self._zones[zone] = channel
        self._opened.add(zone)

    def _take(self, zone: str, message: Any) -> None:
        of, token = message.properties.get("correlation_id"), message.body
        token = token.decode("utf-8", "replace") if isinstance(token, bytes) else str(token)
        self._came.append(Arrived(zone=zone, of=str(of), token=token))

    def _drain(self) -> None:
        """All that is there, without waiting: TLS may hold more than the socket shows."""
        with contextlib.suppress(TimeoutError):
            while True:
                self._alive().drain_events(timeout=0)

    def _rung(self, seconds: float) -> bool:
        """Waits for the broker or the bell; whether it was the bell."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._socket, selectors.EVENT_READ)
            waiting.register(self._ours, selectors.EVENT_READ)
            rung = any(key.fileobj is self._ours for key, _ in waiting.select(seconds))
        if rung:
            self._ours.recv(4096)
        return rung


def _message(parcel: Parcel) -> amqp.Message:
    body = [[parcel.token], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
    headers = {"lang": "py", "task": names.TASK, "id": parcel.jti, "root_id": parcel.jti, "parent_id": None}
    return amqp.Message(
        parcel.token if parcel.way is Way.STOP else json.dumps(body),
        content_type="application/json",
        content_encoding="utf-8",
        application_headers=headers | {"argsrepr": "", "kwargsrepr": "", "origin": f"{os.getpid()}"},
        correlation_id=parcel.jti,
        delivery_mode=_KEPT,
        expiration=str(max(1, int(parcel.seconds * 1000))),
    )


def _exchange(parcel: Parcel) -> str:
    return names.stop(parcel.zone) if parcel.way is Way.STOP else names.work(parcel.zone)


def _key(parcel: Parcel) -> str:
    if parcel.way is Way.STOP:
        return ""
    return names.prove(parcel.zone) if parcel.way is Way.PROVE else names.work(parcel.zone)
