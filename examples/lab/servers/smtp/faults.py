"""A server that follows a script, to do anything a relay should not. It counts what it was told.

with FaultServer((Send("220 hi"), Expect("EHLO"), Send("250-hi", "250 STARTTLS"), ...), certificate=pki.good) as server:
    assert server.auth_attempts == 0
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True, slots=True)
class Send:
    """Writes lines, in one packet."""

    data: bytes

    def __init__(self, *lines: str) -> None:
        object.__setattr__(self, "data", "".join(f"{line}\r\n" for line in lines).encode())


@dataclass(frozen=True, slots=True)
class Raw:
    """Writes bytes as they are."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Expect:
    """Reads a line; one that begins otherwise ends the script."""

    prefix: str = ""


@dataclass(frozen=True, slots=True)
class StartTls:
    """Answers a TLS handshake."""


@dataclass(frozen=True, slots=True)
class Endless:
    """Writes lines until the other end has enough."""

    line: str


@dataclass(frozen=True, slots=True)
class Sleep:
    seconds: float


@dataclass(frozen=True, slots=True)
class Close:
    """Hangs up."""


Step = Send | Raw | Expect | StartTls | Endless | Sleep | Close
Script = tuple[Step, ...]


_COURTEOUS = {
    b"EHLO": Send("250-relay.lab", "250 AUTH PLAIN"),
    b"AUTH": Send("235 welcome"),
    b"QUIT": Send("221 bye"),
}


@dataclass(slots=True)
class Received:
    """What one server was told, over all its connections."""

    lines: list[bytes] = field(default_factory=list)
    clear: bytes = b""  # what came outside TLS

    def count(self, verb: str) -> int:
        return sum(line.upper().startswith(verb.encode()) for line in self.lines)


class FaultServer:
    """Plays the script on each connection, on all but the first one `later`.

    At its end it goes on reading until the other end leaves: in silence, or `courteous` with the answers of a good
    relay, to see what becomes of a client that has not noticed the fault.
    """

    def __init__(
        self,
        script: Script,
        *,
        certificate: ssl.SSLContext | None = None,
        later: Script | None = None,
        courteous: bool = False,
        address: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.script, self.certificate, self.courteous = script, certificate, courteous
        self.later = script if later is None else later
        self.received = Received()
        self.connections = 0
        self._listener = socket.create_server(address)
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    @property
    def auth_attempts(self) -> int:
        return self.received.count("AUTH")

    def __enter__(self) -> FaultServer:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.append(connection)
            self._start(self._play, connection, self.script if self.connections == 1 else self.later)

    def _play(self, connection: socket.socket, script: Script) -> None:
        talk = _Talk(connection, self.received, self._stopping)
        with contextlib.suppress(OSError, EOFError):  # the other end left, or refused our certificate
            for step in script:
                talk.do(step, self.certificate)
            while True:
                verb = talk.line()[:4].upper().strip()
                if self.courteous:
                    talk.do(_COURTEOUS.get(verb, Send("250 ok")), None)
        talk.close()


class _Talk:
    def __init__(self, connection: socket.socket, received: Received, stopping: threading.Event) -> None:
        self._socket, self._received, self._stopping = connection, received, stopping
        self._secured, self._buffer = False, b""
        connection.settimeout(30)

    def do(self, step: Step, certificate: ssl.SSLContext | None) -> None:
        match step:
            case Send() | Raw():
                self._socket.sendall(step.data)
            case Expect():
                if not self.line().upper().startswith(step.prefix.encode()):
                    raise EOFError
            case StartTls():
                if certificate is None:
                    raise ValueError("the script wants TLS: give the server a certificate")
                self._socket = certificate.wrap_socket(self._socket, server_side=True)
                self._secured = True
            case Endless():
                while True:
                    self._socket.sendall(f"{step.line}\r\n".encode() * 100)
            case Sleep():
                self._stopping.wait(step.seconds)
            case Close():
                raise EOFError

    def line(self) -> bytes:
        while b"\n" not in self._buffer:
            data = self._socket.recv(65536)
            if not data:
                raise EOFError
            if not self._secured:
                self._received.clear += data
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        self._received.lines.append(line.rstrip(b"\r"))
        return line

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def wait_until_told(server: FaultServer, verb: str, seconds: float = 2) -> bool:
    """Whether a command has come, or comes soon: a client may be ahead of the server's thread."""
    end = time.monotonic() + seconds
    while server.received.count(verb) == 0 and time.monotonic() < end:
        time.sleep(0.01)
    return server.received.count(verb) > 0
