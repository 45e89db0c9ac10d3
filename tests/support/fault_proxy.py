"""A proxy on loopback before one HTTP server, which loses, cuts, doubles, delays and swells what passes.

with FaultProxy(port) as proxy:
    proxy.fault, proxy.when = "answer lost", lambda asked: asked.method == "POST"
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

import trustme

PATIENCE = 12.0  # seconds that a drip goes on; whoever waits for its end has no deadline
PAUSE = 0.2  # seconds between two bytes of a drip
LATENCY = 0.2  # seconds
BOMB = gzip.compress(b" " * (64 * 1024 * 1024), 1)


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    raw: bytes
    upstream: socket.socket | None = None  # where connections are kept


class FaultProxy:
    """`when` says which requests the fault is for, `times` how many of them, None for all; `met` counts them.

    With `kept` each connection to it leads to one of its own that stays, as logins by NTLM need it; else an answer ends
    with its connection.
    """

    authority: trustme.CA | None = None

    def __init__(self, port: int, *, upstream: ssl.SSLContext | None = None, kept: bool = False) -> None:
        self.fault: str | None = None
        self.when: Callable[[Asked], bool] = lambda asked: True
        self.times: int | None = None
        self.met = self.passed = 0
        self._to, self._upstream, self._kept = port, upstream, kept
        self._tls: ssl.SSLContext | None = None
        if upstream is not None:  # then it is TLS on this side too, by an authority of its own
            self.authority, self._tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.authority.issue_cert("localhost", "127.0.0.1").configure_cert(self._tls)
        self._lock, self._over = threading.Lock(), threading.Event()

    def __enter__(self) -> FaultProxy:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def address(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def off(self) -> None:
        self.fault = None

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            if self._tls:
                client = stack.enter_context(self._tls.wrap_socket(client, server_side=True))
            client.settimeout(PATIENCE)
            server = stack.enter_context(self._connected()) if self._kept else None
            while (asked := _request(client, server)) is not None:
                FAULTS[chosen := self._chosen(asked)](self, client, asked)
                if server is None or chosen not in _GO_ON:
                    return

    def _chosen(self, asked: Asked) -> str:
        with self._lock:
            self.passed += 1
            if self.fault is None or not self.when(asked) or (self.times is not None and self.met >= self.times):
                return "none"
            self.met += 1
            return self.fault

    def forwarded(self, asked: Asked) -> bytes:
        """The answer, which says that the connection ends with it: else the next request may come as we hang up."""
        head, end, body = self.answered(asked).partition(b"\r\n\r\n")
        ended = b"" if asked.upstream or not end else b"\r\nConnection: close"
        return head + ended + end + body

    def answered(self, asked: Asked) -> bytes:
        if asked.upstream is not None:
            asked.upstream.sendall(asked.raw)
            return b"\r\n\r\n".join(_message(asked.upstream) or ())
        found = b""
        with self._connected() as server, contextlib.suppress(ssl.SSLError):  # of one that hangs up without a word
            server.sendall(asked.raw)
            while piece := server.recv(65536):
                found += piece
        # a document that names its own server keeps those who read it on this side
        return found.replace(f"localhost:{self._to}".encode(), f"localhost:{self.port}".encode())

    def _connected(self) -> socket.socket:
        server = socket.create_connection(("127.0.0.1", self._to), timeout=PATIENCE)
        return self._upstream.wrap_socket(server, server_hostname="localhost") if self._upstream else server

    def drip(self, client: socket.socket, text: bytes) -> None:
        ends = time.monotonic() + PATIENCE
        for byte in text:
            if time.monotonic() > ends or self._over.wait(PAUSE):
                return
            client.sendall(bytes((byte,)))


def _request(client: socket.socket, upstream: socket.socket | None) -> Asked | None:
    """Where connections are not kept with `Connection: close`, so that its answer ends with the connection."""
    if (found := _message(client)) is None:
        return None
    head, body = found
    lines = [line for line in head.split(b"\r\n") if upstream or not line.lower().startswith(b"connection:")]
    method, path, _ = lines[0].decode("latin-1").split(" ", 2)
    ended = [] if upstream else [b"Connection: close"]
    return Asked(method, path, b"\r\n".join([*lines, *ended, b"", b""]) + body, upstream)


def _message(there: socket.socket) -> tuple[bytes, bytes] | None:
    """Head and body of what says its length; None where nothing comes any more."""
    head = b""
    while b"\r\n\r\n" not in head:
        if not (piece := there.recv(65536)):
            return None
        head += piece
    head, _, body = head.partition(b"\r\n\r\n")
    named = (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    length = int(next(named, b":0").partition(b":")[2])
    while len(body) < length:
        if not (piece := there.recv(65536)):
            return None
        body += piece
    return head, body


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def _answer(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def _none(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    client.sendall(proxy.forwarded(asked))


def _latency(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    time.sleep(LATENCY)
    client.sendall(proxy.forwarded(asked))


def _lost(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    proxy.forwarded(asked)
    _reset(client)


def _cut(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    found = proxy.forwarded(asked)
    client.sendall(found[: max(1, len(found) - max(1, len(found) // 4))])


def _twice(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    proxy.forwarded(asked)
    client.sendall(proxy.forwarded(asked))


def _answered_twice(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    found = proxy.answered(asked)  # says nothing of an end: the second one lies there for the next request
    client.sendall(found + found)


def _unavailable(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    proxy.forwarded(asked)
    client.sendall(_answer("503 Service Unavailable", b"<html>overloaded", "Content-Type: text/html"))


def _error(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    proxy.forwarded(asked)
    client.sendall(_answer("500 Internal Server Error", b"{}", "Content-Type: application/json"))


def _drip(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    proxy.drip(client, proxy.forwarded(asked))


def _bomb(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    client.sendall(_answer("200 OK", BOMB, "Content-Type: application/json", "Content-Encoding: gzip"))


def _endless(proxy: FaultProxy, client: socket.socket, asked: Asked) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and not proxy._over.is_set():
        client.sendall(b" " * 65536)


FAULTS: dict[str, Callable[[FaultProxy, socket.socket, Asked], None]] = {
    "none": _none,
    "latency": _latency,
    "reset": lambda proxy, client, asked: _reset(client),
    "answer lost": _lost,
    "answer cut": _cut,
    "request doubled": _twice,
    "answer doubled": _answered_twice,
    "503 after it": _unavailable,
    "500 after it": _error,
    "a byte at a time": _drip,
    "gzip bomb": _bomb,
    "endless body": _endless,
}
_GO_ON = frozenset({"none", "latency"})  # after these the connection is as it was
# all but the one that is none
NAMES = tuple(name for name in FAULTS if name != "none")
