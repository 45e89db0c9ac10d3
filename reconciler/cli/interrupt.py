"""Ctrl-C and SIGTERM while an apply writes: nothing new is started, and what is being written is waited for."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from reconciler.errors import ExitCode

_STOPPING = b"\nstopping: writes in flight get 30 s; once more exits at once\n"
_LEFT = b"\nleft at once: what was being written is unknown; reconciler plan shows what became of it\n"


@contextmanager
def graceful() -> Iterator[threading.Event]:
    """The event is set by the first signal; the second one exits at once."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        # os.write: print may be in the middle of a line of its own, and is not reentrant
        if stopped.is_set():
            os.write(2, _LEFT)
            os._exit(ExitCode.INTERRUPTED)
        stopped.set()
        os.write(2, _STOPPING)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def as_ctrl_c(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM ends other commands as Ctrl-C does: sessions are closed, JSON stays whole, exit code 130."""
    raise KeyboardInterrupt
