"""Through ssh: `ssh -W host:port` of the OpenSSH client, which forwards its standard input and output to the relay."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections import deque
from collections.abc import Callable

from reconciler.model.text import ssh
from reconciler.model.text.place import place
from reconciler.smtp.protocol.wire import Wire
from reconciler.smtp.route.via import Broken, Via

_OPTIONS = {"LogLevel": "DEBUG2"}  # the only way to learn that the forwarding stands: see _OPENED
_OPENED = b": open confirm "  # "debug2: channel 0: open confirm rwindow 2097152 rmax 32768"
_LOGGED_IN = b"Authenticated to "
_NOISE = (b"debug", b"OpenSSH_", b"Transferred: ", b"Bytes per second: ")
_KEPT_LINES, _LONGEST = 8, 300


def command(via: Via, host: str, port: int, seconds: float) -> list[str]:
    """`via` comes from `parse`, so neither its host nor its user can be taken for an option."""
    found = [*ssh.words(_OPTIONS, seconds), "-W", place(host, port)]
    found += ["-l", via.user] if via.user else []
    found += ["-p", str(via.port)] if via.port else []
    return [*found, "--", via.host]


async def connected(via: Via, host: str, port: int, seconds: float, hops: list[str]) -> Wire:
    """`hops` gets the relay's name once ssh itself stands. Raises Broken."""
    target = f"{place(host, port)} from {via}"
    ours, theirs = socket.socketpair()
    try:
        process = await _Ssh.started(command(via, host, port, seconds), theirs, lambda: hops.append(target))
    except OSError as error:
        ours.close()
        advice = "install the OpenSSH client (ssh) on this machine"
        raise Broken(str(via), "ssh cannot be started", said=(error.strerror or "").encode(), advice=advice) from None
    finally:
        theirs.close()
    wire = Wire(process)
    try:
        await asyncio.get_running_loop().create_connection(lambda: wire, sock=ours)
        opened = await process.opened()
    except BaseException:
        await wire.close()
        raise
    if not opened:
        await wire.close()
        raise _broken(process.said(), via, target)
    return wire


def _broken(said: bytes, via: Via, target: str) -> Broken:
    """Which of the two hops it was, told from ssh's own words."""
    if b"open failed" in said or b"forwarding failed" in said:
        return Broken(target, f"{via} cannot connect to it", said=said, advice=f"check host and port, seen from {via}")
    trouble = ssh.trouble(said)
    by_hand = ssh.by_hand(via.host, user=via.user, port=via.port)
    return Broken(str(via), str(trouble), said=said, advice=trouble.advice(by_hand))


class _Ssh:
    """The process, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process, logged_in: Callable[[], None]) -> None:
        self._process, self._logged_in = process, logged_in
        self._lines: deque[bytes] = deque(maxlen=_KEPT_LINES)
        self._opened = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def started(cls, words: list[str], end: socket.socket, logged_in: Callable[[], None]) -> _Ssh:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=end.fileno(),
            stdout=end.fileno(),
            stderr=asyncio.subprocess.PIPE,
            env=ssh.environment(os.environ),
            start_new_session=True,  # no terminal to ask at; and what ssh starts itself ends with it
        )
        return cls(process, logged_in)

    async def opened(self) -> bool:
        """Waits until the forwarding stands, or ssh has given up."""
        opened = asyncio.create_task(self._opened.wait())
        try:
            await asyncio.wait((opened, self._listening), return_when=asyncio.FIRST_COMPLETED)
        finally:
            opened.cancel()
        return self._opened.is_set()

    def said(self) -> bytes:
        return b"\n".join(self._lines)

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:  # Windows
                self._process.kill()
        await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        stream, rest = self._process.stderr, b""
        while stream is not None and (data := await stream.read(4096)):
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[:_LONGEST]
            for line in lines:
                self._hear(line.rstrip(b"\r")[:_LONGEST])
        self._hear(rest)

    def _hear(self, line: bytes) -> None:
        if line.startswith(b"debug2: ") and _OPENED in line:
            self._opened.set()
        elif line.startswith(_LOGGED_IN):
            self._logged_in()
        elif line and not line.startswith(_NOISE):
            self._lines.append(line)
