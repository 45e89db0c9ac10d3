"""Rate limits that a vendor publishes: who comes too early waits here, and every wait is reported and counted.

A limit belongs to the vendor's account, not to one unit of work, so buckets are shared by the whole process, by name.
`reset` forgets them, for tests. Other processes are not seen: what they use up comes back as a 429.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

# the command line prints what is logged here, a line each
WAITS = logging.getLogger("reconciler.waits")
REPORTED_FROM = 1.0  # seconds: shorter waits are counted, not reported
AGAIN = 10.0  # seconds: many units wait for one bucket, and one line tells it for all


class Bucket:
    """At most `calls` in any `seconds`: no window of the vendor's clock, wherever it begins, sees more."""

    def __init__(self, name: str, calls: int, seconds: float = 60.0) -> None:
        self.name, self.calls, self.seconds = name, calls, seconds
        self._starts: deque[float] = deque(maxlen=calls)
        self._lock = threading.Lock()

    def take(self) -> None:
        """Returns when one more call may start."""
        with self._lock:
            now = time.monotonic()
            full = len(self._starts) == self.calls
            start = max(now, self._starts[0] + self.seconds) if full else now
            self._starts.append(start)
        if start > now:
            pause(start - now, f"{self.name} allows {self.calls} calls per {self.seconds:g} s")


def bucket(name: str, calls: int, seconds: float = 60.0) -> Bucket:
    """The one of this name in this process."""
    with _LOCK:
        found = _BUCKETS.get(name)
        if found is None or (found.calls, found.seconds) != (calls, seconds):
            found = _BUCKETS[name] = Bucket(name, calls, seconds)
        return found


def pause(seconds: float, why: str) -> None:
    """Sleeps; tells the reason when it is long, once for all who wait for the same."""
    with _LOCK:
        now = time.monotonic()
        tell = seconds >= REPORTED_FROM and now - _REPORTED.get(why, -AGAIN) >= AGAIN
        if tell:
            _REPORTED[why] = now
    if tell:
        WAITS.info("waiting %.0f s: %s", seconds, why)
    with _waiting():
        time.sleep(seconds)


def waited() -> float:
    """Seconds in which at least one call waited, since the process began or `reset`."""
    with _LOCK:
        return _CLOCK.total + (time.monotonic() - _CLOCK.since if _CLOCK.waiters else 0.0)


def reset() -> None:
    with _LOCK:
        _BUCKETS.clear()
        _REPORTED.clear()
        _CLOCK.total = 0.0
        _CLOCK.since = time.monotonic()


class _Clock:
    """Waits at the same time count once."""

    def __init__(self) -> None:
        self.total, self.since, self.waiters = 0.0, 0.0, 0


@contextmanager
def _waiting() -> Iterator[None]:
    with _LOCK:
        if not _CLOCK.waiters:
            _CLOCK.since = time.monotonic()
        _CLOCK.waiters += 1
    try:
        yield
    finally:
        with _LOCK:
            _CLOCK.waiters -= 1
            if not _CLOCK.waiters:
                _CLOCK.total += time.monotonic() - _CLOCK.since


_LOCK = threading.Lock()
_BUCKETS: dict[str, Bucket] = {}
_REPORTED: dict[str, float] = {}
_CLOCK = _Clock()
