"""The way from a zone to the broker, or to a console: a proxy on TCP that can be cut, and that keeps what it heard."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType


class Link:
    """`with Link(port) as link:` leads from `link.port` to 127.0.0.1:port. `heard` is all that went over it.

    Cut, it is silent as a cable that was pulled: nothing passes, nobody hears of an end, and nobody new gets in.
    """

    def __init__(self, to: int, *, listen: tuple[str, int] = ("127.0.0.1", 0), keep: bool = False) -> None:
        self._to, self._keep = to, keep
        self._listener = socket.create_server(listen, backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.heard: list[bytearray] = []  # one for each direction of each connection
        self._passes = threading.Event()
        self._passes.set()
        self._over = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Link:
        threading.Thread(target=self._accept, name="link", daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over = True
        self._passes.set()
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def cut(self) -> None:
        self._passes.clear()

    def mend(self) -> None:
        self._passes.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._over:
                client, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        self._passes.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self._to), timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        with self._lock:
            self._open |= {client, server}
        back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
        back.start()
        self._pass(client, server)
        back.join()
        for one in (client, server):
            one.close()
        with self._lock:
            self._open -= {client, server}

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        heard = bytearray()
        self.heard.append(heard)
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                self._passes.wait()
                if self._keep:
                    heard += piece
                sink.sendall(piece)
        self._passes.wait()
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
