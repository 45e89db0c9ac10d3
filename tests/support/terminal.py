"""A command on a terminal of its own: what a person sees, and types."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from support.commandline import MODULE, surroundings

PATIENCE = 30.0  # seconds
# makes stdin the process's own terminal, so that Ctrl-C is a signal
_OWN = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class Terminal:
    """`with Terminal("apply", folder=…, environment=…) as screen:` then `wait_for` and `type`; at last `end`."""

    def __init__(self, *arguments: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.seen = ""
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _OWN, *MODULE, *arguments],
            cwd=folder,
            env=surroundings({"TERM": "xterm-256color", **environment}),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
        os.close(self._master)

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < deadline, f"{text!r} did not come: {self.seen}"
            assert self._read(0.1), f"it ended without {text!r}: {self.seen}"

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def end(self, *, insist: str = "") -> int:
        """Reads to the end; the exit code. `insist` is typed every second until then: Python can miss a Ctrl-C that
        comes while it sets up the line editor."""
        deadline = time.monotonic() + PATIENCE
        again = time.monotonic() + 1
        while self._read(0.1) and time.monotonic() < deadline:
            if insist and time.monotonic() > again:
                self.type(insist)
                again += 1
        return self._process.wait(PATIENCE)

    def _read(self, seconds: float) -> bool:
        """False when nobody holds the other end any more."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return True
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # EIO, as Linux has it
            return False
        self.seen += piece.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(piece)
