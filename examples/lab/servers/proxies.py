"""A SOCKS5 and an HTTP CONNECT proxy on loopback, each in a thread of its own. They keep what they were asked for.

with Socks5Proxy(names={"relay.inside": "127.0.0.1"}) as proxy:
    print(proxy.port, proxy.asked)
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections.abc import Mapping
from types import TracebackType


class Proxy:
    """`names` are hosts that only this proxy knows. `answer`, if given, is all that it ever says."""

    scheme = ""

    def __init__(self, *, names: Mapping[str, str] | None = None, answer: bytes | None = None) -> None:
        self.names, self.answer = dict(names or {}), answer
        self.asked: list[tuple[str, int]] = []
        self.most = 0  # connections at a time
        self._open, self._lock = 0, threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def serve(self, client: socket.socket) -> None:
        with self._lock:
            self._open += 1
            self.most = max(self.most, self._open)
        try:
            self._serve(client)
        finally:
            with self._lock:
                self._open -= 1

    def _serve(self, client: socket.socket) -> None:
        if self.answer is not None:
            client.recv(4096)
            client.sendall(self.answer)
            client.shutdown(socket.SHUT_WR)
            client.recv(4096)
            return
        relay = self.agreed(client)
        if relay is not None:
            with relay:
                _pumped(client, relay)

    def agreed(self, client: socket.socket) -> socket.socket | None:
        """The connection that the client asked for, once it was told so."""
        raise NotImplementedError

    def connected(self, host: str, port: int) -> socket.socket:
        self.asked.append((host, port))
        return socket.create_connection((self.names.get(host, host), port), timeout=5)


class Socks5Proxy(Proxy):
    """RFC 1928, without a login."""

    scheme = "socks5"

    def agreed(self, client: socket.socket) -> socket.socket | None:
        _, methods = _exactly(client, 2)
        _exactly(client, methods)
        client.sendall(b"\x05\x00")
        _, _, _, kind = _exactly(client, 4)
        if kind == 3:
            host = _exactly(client, _exactly(client, 1)[0]).decode()
        else:
            host = socket.inet_ntop(*((socket.AF_INET, _exactly(client, 4)) if kind == 1 else _six(client)))
        (port,) = struct.unpack("!H", _exactly(client, 2))
        try:
            relay = self.connected(host, port)
        except ConnectionRefusedError:
            client.sendall(b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")
            return None
        except OSError:
            client.sendall(b"\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00")
            return None
        bound = b"proxy.lab"  # as a name: the client must read its length
        client.sendall(b"\x05\x00\x00\x03" + bytes((len(bound),)) + bound + b"\x00\x00")
        return relay


class ConnectProxy(Proxy):
    """RFC 9110, section 9.3.6."""

    scheme = "http"

    def agreed(self, client: socket.socket) -> socket.socket | None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += _exactly(client, 1)
        method, authority, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        if method != "CONNECT":
            client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
            return None
        host, _, port = authority.rpartition(":")
        try:
            relay = self.connected(host.strip("[]"), int(port))
        except OSError:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return None
        client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy.lab\r\n\r\n")
        return relay


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(address, _Connection)


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.request.settimeout(10)
        with contextlib.suppress(OSError, EOFError):
            self.server.proxy.serve(self.request)


def _pumped(client: socket.socket, relay: socket.socket) -> None:
    """Until one of the two has had enough."""
    back = threading.Thread(target=_copied, args=(relay, client), daemon=True)
    back.start()
    _copied(client, relay)
    back.join(10)


def _copied(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _exactly(client: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        if not (data := client.recv(count - len(found))):
            raise EOFError
        found += data
    return found


def _six(client: socket.socket) -> tuple[socket.AddressFamily, bytes]:
    return socket.AF_INET6, _exactly(client, 16)
