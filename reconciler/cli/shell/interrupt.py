"""Ctrl-C and SIGTERM while an apply writes, or relays are verified: nothing new is started, and what there is is told.

What is being written is waited for.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from reconciler.errors import ExitCode

_STOPPING = b"\nstopping: writes in flight get 30 s; press Ctrl-C again to exit at once\n"
_LEAVING = b"\nexiting: what became of writes in flight is unknown; reconciler plan shows it\n"


@contextmanager
def graceful(*, stopping: bytes = _STOPPING, leaving_now: bytes = _LEAVING) -> Iterator[threading.Event]:
    """The first signal sets the event; the second raises KeyboardInterrupt, so that the summary is still told and
    locks are given back; the third waits for nothing at all. The first two say so on stderr."""
    stopped, leaving = threading.Event(), threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        # os.write: print may be in the middle of a line of its own, and is not reentrant
        if leaving.is_set():
            os._exit(ExitCode.INTERRUPTED)
        if stopped.is_set():
            leaving.set()
            os.write(2, leaving_now)
            raise KeyboardInterrupt
        stopped.set()
        os.write(2, stopping)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def as_ctrl_c(number: int, frame: FrameType | None) -> NoReturn:
    """Raises KeyboardInterrupt: SIGTERM ends other commands as Ctrl-C does. Sessions are closed, JSON stays whole, exit
    code 130."""
    raise KeyboardInterrupt
