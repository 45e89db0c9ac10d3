"""Deadlines for one step after the other, with one timer for all of them.

`asyncio.timeout` makes and cancels a timer for each: a tenth of a handshake that goes well, and nearly all do.
"""

from __future__ import annotations

import asyncio

_LOOK = 2.0  # seconds after which the timer looks at the latest; as short as any usual deadline, so it is never moved


class Patience:
    """Cancels the task that has begun something and is not over with it in time; one thing at a time."""

    __slots__ = ("_already", "_ends", "_lost", "_task", "_timer")

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._ends = 0.0
        self._already = 0  # how often somebody else has cancelled the task before
        self._lost = False

    def within(self, seconds: float) -> _Within:
        """For `with`, which raises TimeoutError then."""
        return _Within(self, seconds)

    def begin(self, seconds: float) -> None:
        """Raises RuntimeError outside of a task: there is nothing to cancel then."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a deadline needs a task that it can cancel")
        self._task, self._already, self._lost = task, task.cancelling(), False
        now = loop.time()
        self._ends = now + seconds
        if self._timer is not None and self._timer.when() > self._ends:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:  # an earlier one will look again when it rings
            self._timer = loop.call_at(now + min(seconds, _LOOK), self._ring)

    def over(self, kind: type[BaseException] | None) -> bool:
        """Whether it was the deadline that ended it, told from the exception that it ended with."""
        task, self._task = self._task, None
        if not self._lost or task is None:
            return False
        return task.uncancel() <= self._already and kind is asyncio.CancelledError

    def _ring(self) -> None:
        self._timer = None
        if self._task is None:
            return
        loop = asyncio.get_running_loop()
        if (now := loop.time()) < self._ends:
            self._timer = loop.call_at(min(self._ends, now + _LOOK), self._ring)
        else:
            self._lost = True
            self._task.cancel()


class _Within:
    __slots__ = ("_patience", "_seconds")

    def __init__(self, patience: Patience, seconds: float) -> None:
        self._patience, self._seconds = patience, seconds

    def __enter__(self) -> None:
        self._patience.begin(self._seconds)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._patience.over(kind):
            raise TimeoutError from error
