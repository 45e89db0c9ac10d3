"""Runs of the command line that are killed at their n-th call that writes (files, sockets, processes), or for which the
disk is full from there on.

`python -m support.killing` loads the tool once and forks for each run: one JSON object per line in, one out.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[2]
_CALLS = ("write", "fsync", "replace", "rename", "unlink", "mkdir", "rmdir", "ftruncate", "fchmod", "fchown", "utime")
_GROW = frozenset({"write", "fsync", "mkdir", "ftruncate", "open"})  # what a full disk refuses
_ARRIVES = 0.05  # seconds that a server gets to carry out what was sent, before we are gone


@dataclass(frozen=True, kw_only=True)
class Ran:
    """`killed` at that point, or ended with `code` after so many `points`."""

    killed: bool
    code: int
    points: int
    said: str


class Zygote:
    """One process for many runs, so that a run costs a fork and not a start."""

    def __init__(self) -> None:
        pipe, environ = subprocess.PIPE, {**os.environ, "PYTHONPATH": f"{TOP}:{TOP / 'tests'}:{TOP / 'examples'}"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.killing"], stdin=pipe, stdout=pipe, text=True, env=environ, bufsize=1
        )

    def run(self, *arguments: str, folder: Path, environ: Mapping[str, str], kill: int = 0, full: int = 0) -> Ran:
        """`kill` is the number of the point, counted from 1, `full` that where the disk becomes full; 0 is none."""
        assert self._process.stdin
        assert self._process.stdout
        asked = {"arguments": arguments, "folder": str(folder), "environ": dict(environ), "kill": kill, "full": full}
        self._process.stdin.write(json.dumps(asked) + "\n")
        return Ran(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        assert self._process.stdin
        with self._process:  # and with it its pipes
            self._process.stdin.close()
            self._process.wait(timeout=30)


class _Points:
    """Counts, and ends this process at the one that was asked for, or fills the disk there."""

    def __init__(self, kill: int, full: int = 0) -> None:
        self._kill, self._full, self._lock, self.count = kill, full, threading.Lock(), 0

    def pass_(self, name: str = "") -> None:
        with self._lock:
            self.count += 1
            if 0 < self._full <= self.count and name in _GROW:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if self.count == self._kill:
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(10)


def _before(points: _Points, call: Callable[..., Any], name: str = "") -> Callable[..., Any]:
    def counted(*args: Any, **more: Any) -> Any:
        points.pass_(name)
        return call(*args, **more)

    return counted


def _watch(points: _Points) -> None:
    for name in _CALLS:
        setattr(os, name, _before(points, getattr(os, name), name))
    real_open, send, start = os.open, socket.socket.sendall, subprocess.Popen.__init__

    def opened(path: Any, flags: int, *args: Any, **more: Any) -> int:
        if flags & os.O_CREAT:
            points.pass_("open")
        return real_open(path, flags, *args, **more)

    def sent(self: socket.socket, data: Any, *args: Any) -> None:
        points.pass_()
        send(self, data, *args)
        if points._kill == points.count + 1:
            time.sleep(_ARRIVES)
        points.pass_()

    os.open = opened  # type: ignore[assignment]
    socket.socket.sendall = sent  # type: ignore[method-assign]
    subprocess.Popen.__init__ = _before(points, start)  # type: ignore[method-assign]


def _child(asked: Mapping[str, Any], result: Path, said: Path) -> None:
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = (os.fdopen(one, "w", buffering=1, encoding="utf-8", closefd=False) for one in (1, 2))
    from reconciler.cli import main

    points = _Points(asked["kill"], asked["full"])
    write = os.write
    _watch(points)
    code = main.run(list(asked["arguments"]))
    count = points.count
    descriptor = os.open(result, os.O_WRONLY)
    write(descriptor, json.dumps([code, count]).encode())
    os._exit(0)


def _served(asked: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    result, said = folder / "result", folder / "said"
    result.write_text("")
    pid = os.fork()
    if pid == 0:
        try:
            _child(asked, result, said)
        finally:
            import traceback

            traceback.print_exc()
            os._exit(99)
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status)
    found: Sequence[int] = json.loads(result.read_text() or "[-1, -1]")
    text = said.read_text(encoding="utf-8", errors="replace") if said.exists() else ""
    return {"killed": killed, "code": found[0], "points": found[1], "said": text}


def _loaded() -> None:
    """Everything that a run imports, so that a fork has it."""
    import deepdiff  # noqa: F401
    import requests  # noqa: F401

    from reconciler.cli import apply, drift, history, locks, plan, recover  # noqa: F401
    from reconciler.state.journal import folder as journal  # noqa: F401


def main() -> None:
    import tempfile

    _loaded()
    with tempfile.TemporaryDirectory() as name:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(_served(json.loads(line), Path(name))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
