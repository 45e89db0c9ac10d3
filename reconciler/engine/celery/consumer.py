"""Celery's consumer, with what a zone needs and nothing beside: it declares nothing, and takes one task."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from celery.worker import consumer
from celery.worker.state import maybe_shutdown

from reconciler.engine.celery.link import words

_log = logging.getLogger("reconciler.worker")


class Consumer(consumer.Consumer):  # type: ignore[misc]  # Celery ships no types
    """Without events, gossip, remote control, and the queues for delayed delivery, which no zone may declare.

    A stranger's message is rejected and logged by its kind, each kind once: who fills the queue fills no disk.
    """

    class Blueprint(consumer.Consumer.Blueprint):  # type: ignore[misc]
        default_steps: ClassVar = [
            "celery.worker.consumer.connection:Connection",
            "celery.worker.consumer.tasks:Tasks",
            "celery.worker.consumer.consumer:Evloop",
        ]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._told: set[str] = set()
        super().__init__(*arguments, **options)

    def start(self) -> None:
        try:
            super().start()
        except Exception as error:  # not one that goes by itself: Celery ends the worker, and tells nobody
            _log.error("this worker ends: %s", words(error))  # its traceback says no more
            raise

    def ensure_connected(self, conn: Any) -> Any:
        """Tries again each second, for ever: Celery's own pauses grow to half a minute, and a run waits meanwhile."""
        told: list[str] = []

        def away(error: BaseException, interval: float) -> None:
            if not told:
                told.append(words(error))
                _log.warning("the broker cannot be reached (%s): trying again each second", told[0])

        made = conn.ensure_connection(away, None, interval_start=1, interval_step=0, callback=maybe_shutdown)
        _log.info("connected to the broker")
        return made

    def on_unknown_message(self, body: Any, message: Any) -> None:
        self._refuse(message, "it is no task")

    def on_unknown_task(self, body: Any, message: Any, exc: BaseException) -> None:
        self._refuse(message, "it asks for a task that no worker has")

    def on_invalid_task(self, body: Any, message: Any, exc: BaseException) -> None:
        self._refuse(message, "its task is not well formed")

    def on_decode_error(self, message: Any, exc: BaseException) -> None:
        self._refuse(message, "its content is not JSON")

    def _refuse(self, message: Any, why: str) -> None:
        message.reject_log_error(_log, self.connection_errors)
        self.refused(why)

    def refused(self, why: str) -> None:
        if why not in self._told:
            self._told.add(why)
            _log.warning("refused a message: %s; others like it are not told", why)
