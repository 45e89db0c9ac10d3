"""A zone's worker: Celery takes messages and threads, and gives each message to whoever understands it."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import warnings
from collections.abc import Callable
from typing import Any

from celery import Celery, Task, signals
from celery.exceptions import Reject

from reconciler.engine.celery import names
from reconciler.engine.celery.ears import Ears
from reconciler.engine.celery.link import Link, tls
from reconciler.engine.celery.mouth import Mouth, Reply
from reconciler.engine.celery.settings import settings
from reconciler.engine.remote.transport import Lost

_log = logging.getLogger("reconciler.worker")
Work = Callable[[str], Reply | None]


def serve(
    link: Link,
    zone: str,
    *,
    name: str,
    slots: int,
    work: Work,
    stop: Callable[[str], None],
) -> int:
    """Until SIGTERM, then when what has begun is done. Call it in the main thread; answers with an exit code.

    `work` gets each token, `slots` at a time, but handshakes one at a time; None is no answer. `stop` gets what came to
    all workers of the zone; it does not raise. `name` tells workers of a zone apart. The broker is waited for.
    """
    signals.setup_logging.connect(_left_alone)
    _quieted()
    mouth = Mouth(link, zone)
    with tls(link) as options, Ears(link, zone, re.sub(r"[^0-9A-Za-z_-]", "-", name), stop):
        app = Celery(f"reconciler-{zone}", set_as_current=False, loader="app")
        app.conf.update(settings(link, options, zone))
        app.task(_unit(work, mouth, names.prove(zone)), bind=True, name=names.TASK, shared=False)
        worker = app.Worker(hostname=f"{name}@{zone}", pool="threads", concurrency=slots, quiet=True, **_ALONE)
        worker.start()
    mouth.close()
    return int(worker.exitcode or 0)


_ALONE = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}


def _left_alone(**_: Any) -> None:
    """Who hears this signal has set up logging: Celery leaves it then."""


def _quieted() -> None:
    """Celery tells of each message, and of each lost connection with tracebacks; ours says what there is to do."""
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    for name in ("celery.app.trace", "celery.worker.request", "py.warnings"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    for name in ("celery.worker.strategy", "celery.worker.consumer"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _unit(work: Work, mouth: Mouth, prove: str) -> Callable[..., None]:
    proving = threading.Lock()

    def unit(self: Task, *given: object, **named: object) -> None:
        if len(given) != 1 or named or not isinstance(given[0], str):
            return _log.warning("refused a message: its task is not well formed")
        one_at_a_time = self.request.delivery_info.get("routing_key") == prove
        with proving if one_at_a_time else contextlib.nullcontext():
            return _answered(work, mouth, given[0])

    return unit


def _answered(work: Work, mouth: Mouth, token: str) -> None:
    """Raises Reject where the answer cannot be sent: the message comes again, and is answered from its claim."""
    try:
        reply = work(token)
    except Exception:  # noqa: BLE001  # the next message is another one
        return _log.exception("a message was not carried out: this is a bug")
    if reply is None:
        return None
    try:
        return mouth.say(reply)
    except Lost as lost:
        _log.warning("an answer could not be sent (%s): its message will come again", lost.why)
        raise Reject(lost.why, requeue=True) from None
