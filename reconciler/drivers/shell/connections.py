"""One ssh connection for each login and run: the first script opens it, the others go through it as sessions.

It is ours alone: its socket is in a folder of our own, and it ends with this process, however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.drivers.shell import ssh_command
from reconciler.drivers.shell.ssh_command import Login
from reconciler.errors import PlatformError, PlatformUnreachable
from reconciler.model.text import ssh

SESSIONS = 8  # at a time: sshd lets ten through one connection (MaxSessions)
_LOOK = 0.02  # seconds between looks for the socket
_UNTIL_CLOSED = "exec cat >/dev/null"  # ends when our end of its input does, also when we are killed


@dataclass(slots=True, kw_only=True)
class _Connection:
    socket: str
    opening: threading.Lock = field(default_factory=threading.Lock)
    sessions: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(SESSIONS))
    process: subprocess.Popen[bytes] | None = None
    error: PlatformError | None = None


_known: dict[Login, _Connection] = {}
_lock = threading.Lock()
_folder: list[str] = []


@contextlib.contextmanager
def session(login: Login, seconds: float) -> Iterator[dict[str, str]]:
    """The options by which ssh goes through the connection of this login. `seconds` are for opening it.

    Raises PlatformError when it cannot be opened: the same for all who ask in this run.
    """
    found = _of(login)
    with found.opening:
        if found.error is not None:
            raise found.error
        if found.process is None or found.process.poll() is not None:
            if found.process is not None:  # the connection broke: once more
                _end(found.process)
            try:
                found.process = _opened(login, found.socket, seconds)
            except PlatformError as error:
                found.error = error
                raise
    with found.sessions:
        yield {"ControlMaster": "no", "ControlPath": found.socket}


def close() -> None:
    """Ends all of them."""
    with _lock:
        for one in _known.values():
            if one.process is not None:
                _end(one.process)
        _known.clear()
        while _folder:
            shutil.rmtree(_folder.pop(), ignore_errors=True)


def _of(login: Login) -> _Connection:
    with _lock:
        if not _folder:
            _folder.append(tempfile.mkdtemp(prefix="rc-"))  # short: the path of a socket has 104 characters
            atexit.register(close)
        return _known.setdefault(login, _Connection(socket=f"{_folder[0]}/{len(_known)}"))


def _opened(login: Login, socket: str, seconds: float) -> subprocess.Popen[bytes]:
    options = {"ControlMaster": "yes", "ControlPath": socket, "ControlPersist": "no"}
    command = ssh_command.words(login, ["sh", "-c", _UNTIL_CLOSED], seconds, options)
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603  # fixed words
                command,
                env=ssh.environment(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
        except OSError as error:
            fix = "install the OpenSSH client (ssh) on this machine"
            raise PlatformUnreachable(f"{login}: ssh cannot be started", why=error.strerror, fix=fix) from None
        deadline = time.monotonic() + seconds
        while process.poll() is None and not Path(socket).exists():
            if time.monotonic() > deadline:
                _end(process)
                fix = "check the host, or raise connection.timeout"
                raise PlatformUnreachable(f"{login}: no connection within {seconds:g} s", fix=fix)
            time.sleep(_LOOK)
        if process.poll() is not None:
            _end(process)
            said.seek(0)
            raise ssh_command.translated(login, said.read().decode("utf-8", "replace"))
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    if process.poll() is None:
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)
        return
    process.kill()
    process.wait()
