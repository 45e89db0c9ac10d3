"""A relay of some shape, on loopback, for one application that sends one mail.

with ShapedRelay(shape, authorities) as relay:
    ...  # send to relay.port
    relay.wire.connections
"""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import ExitStack
from types import TracebackType

from lab.servers.shaped import listeners
from lab.servers.shaped.authorities import Authorities
from lab.servers.shaped.shape import Shape
from lab.servers.shaped.talk import Left, Talk
from lab.servers.shaped.wire import Wire

_PATIENCE = 60  # seconds that a client may say nothing


class ShapedRelay:
    """Counts and keeps what it hears in `wire`. Raises OSError at its start where an address cannot be had."""

    def __init__(self, shape: Shape, authorities: Authorities) -> None:
        self.shape, self.wire = shape, Wire(shape.settings)
        self._context = authorities.context(shape.certificate, shape.tls)
        self._stack, self._stopping = ExitStack(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.port = 0

    def __enter__(self) -> ShapedRelay:
        listener = socket.create_server((listeners.serving(self.shape.addresses), self.shape.port))
        self.port = listener.getsockname()[1]
        if self.shape.closed:
            listener.close()
            return self
        self._stack.enter_context(listener)
        if (first := self.shape.addresses.get("first")) or self.shape.addresses.get("second"):
            address = listeners.FIRST if first else listeners.SECOND
            if "dead" in self.shape.addresses.values():
                self._stack.enter_context(listeners.dead(address, self.port))
        self._start(self._accept, listener)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # wakes accept() and recv()
        self._stack.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        self._sockets.append(listener)
        while not self._stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(_PATIENCE)
            self._sockets.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        talk = Talk(self.shape, connection, self._context, self.wire, self._stopping)
        with contextlib.suppress(OSError, Left, ValueError):
            talk.run()
        # a socket that TLS has wrapped is another one
        talk.close()
