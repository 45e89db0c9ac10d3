"""Who says goodbye closes: after QUIT that is the server (RFC 5321, section 4.1.1.10)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from reconciler.model.handshake import Auth, Encryption, Handshake, Level, Status

Shake = Callable[..., Handshake]


def test_the_server_closes_first(shake: Shake) -> None:
    closed_early: list[bool] = []

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 relay\r\n")
            for line in lines:
                connection.sendall(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 relay\r\n")
                if line.startswith(b"QUIT"):
                    break
            connection.settimeout(0.1)  # less than we wait for it
            try:
                closed_early.append(connection.recv(1) == b"")
            except TimeoutError:
                closed_early.append(False)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        found = shake(
            port, encryption=Encryption.NONE, auth=Auth.NONE, level=Level.CONNECT, plaintext=True, ca_file=None
        )
        thread.join()
    assert (found.status, closed_early) == (Status.PASS, [False])
