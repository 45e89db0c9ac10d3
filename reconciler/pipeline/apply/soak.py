"""Watches what a wave has written, before the next one: its relays prove themselves again and again."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from reconciler.errors import Interrupted
from reconciler.model.handshake import Handshake, Relay, Status
from reconciler.model.ports import Hearing
from reconciler.pipeline.apply.job import Job

EVERY = 60.0  # seconds between two handshakes with one relay
_LOOK = 0.2  # seconds between two looks at whether the run was stopped

Found = Mapping[Relay, Handshake]


def watched(watch: Sequence[Relay], job: Job) -> Found:
    """The last handshakes: the first ones that fail, or those at the end of the time. Each has a memory of its own, or
    nothing would be asked again."""
    until = time.monotonic() + job.waves.soak
    found: Found = {}
    while not failed(found) and not job.stopped():
        _sleep(min(EVERY, until - time.monotonic()), job)
        with suppress(Interrupted):
            found = _tried(tuple(dict.fromkeys(watch)), job)
        if time.monotonic() >= until:
            break
    return found


def failed(found: Found) -> bool:
    return any(one.status in (Status.FAIL, Status.INCONCLUSIVE) for one in found.values())


def _tried(watch: Sequence[Relay], job: Job) -> Found:
    return job.means.engine.prove(watch, job.landscape.policy, hearing=Hearing(stopped=job.stopped))


def _sleep(seconds: float, job: Job) -> None:
    until = time.monotonic() + seconds
    while not job.stopped() and time.monotonic() < until:
        time.sleep(min(_LOOK, max(until - time.monotonic(), 0.0)))
