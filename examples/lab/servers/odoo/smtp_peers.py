"""SMTP peers that follow a script, one for each way a connection test can end, as while the recordings were made."""

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

OK = "250 OK"


@dataclass(frozen=True, slots=True)
class Script:
    greeting: str | None = "220 peer ESMTP"  # None: the peer stays silent; '': it closes
    auth: bool = False
    auth_mandatory: bool = False
    starttls: bool = False  # and mandatory
    implicit_tls: bool = False
    auth_reply: str = ""  # in place of the check of user and password
    mail: str = OK
    rcpt: str = OK
    data: str = "354 End data with <CR><LF>.<CR><LF>"


# by the port they had while the recordings were made
SCRIPTS: Mapping[int, Script] = {
    10025: Script(),
    10026: Script(auth=True),
    10027: Script(auth=True, auth_mandatory=True),
    10028: Script(mail="550 5.7.1 Sender address rejected: not owned by user"),
    10029: Script(rcpt="554 5.7.1 Relay access denied"),
    10030: Script(data="451 4.3.0 Temporary system problem"),
    10031: Script(greeting=None),
    10032: Script(greeting=""),
    10033: Script(greeting="HTTP/1.1 400 Bad Request"),
    10034: Script(greeting="554 5.7.1 No SMTP service here"),
    10035: Script(auth=True, auth_reply="454 4.7.0 Temporary authentication failure"),
    10036: Script(),
    10465: Script(auth=True, implicit_tls=True),
    10587: Script(auth=True, starttls=True),
}
CLOSED = 10999
USER, PASSWORD = "relay", "right"


class Peers:
    """All of them on free ports of loopback, while the `with` block runs; `tls` holds a certificate to show."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._listeners = {port: socket.create_server(("127.0.0.1", 0)) for port in SCRIPTS}
        self._closed = socket.socket()
        self._closed.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can open it meanwhile
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        for port in SCRIPTS:
            self._run(self._accept, port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for listener in self._listeners.values():
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._closed.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def port(self, recorded: int) -> int:
        """Where a peer of the recordings listens now; a port without one is closed."""
        found = self._listeners.get(recorded, self._closed)
        return int(found.getsockname()[1])

    def _run(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]  # both are callables
        self._threads.append(thread)
        thread.start()

    def _accept(self, port: int) -> None:
        while True:
            try:
                connection, _ = self._listeners[port].accept()
            except OSError:
                return
            self._open.add(connection)
            self._run(self._serve, connection, SCRIPTS[port])

    def _serve(self, connection: socket.socket, script: Script) -> None:
        # a client that drops the connection, or speaks TLS where there is none, ends the conversation
        with contextlib.suppress(OSError):
            _Conversation(connection, script, self._tls).hold()
        self._open.discard(connection)


class _Conversation:
    def __init__(self, connection: socket.socket, script: Script, tls: ssl.SSLContext) -> None:
        self.script, self.tls = script, tls
        self.connection = connection
        self.encrypted = self.authenticated = False

    def hold(self) -> None:
        try:
            if self.script.implicit_tls:
                self._encrypt()
            self._talk()
        finally:
            self.connection.close()

    def _talk(self) -> None:
        if self.script.greeting is None:
            self.connection.recv(1)
            return
        if not self.script.greeting:
            return
        self._say(self.script.greeting)
        while command := self._hear():
            verb, _, rest = command.partition(" ")
            self._say(self._reply(verb.upper(), rest))
            if verb.upper() == "STARTTLS":
                self._encrypt()

    def _reply(self, verb: str, rest: str) -> str:
        if verb == "EHLO":
            return self._features()
        if verb == "MAIL":
            return self._mail()
        if verb == "AUTH":
            return self.script.auth_reply or self._auth(*rest.split(" ", 1))
        return {"STARTTLS": "220 Ready to start TLS", "RCPT": self.script.rcpt, "DATA": self.script.data}.get(verb, OK)

    def _features(self) -> str:
        found = ["peer", "SIZE 33554432"]
        found += ["STARTTLS"] if self.script.starttls and not self.encrypted else []
        found += ["AUTH LOGIN PLAIN"] if self.script.auth and (self.encrypted or not self.script.starttls) else []
        return "\r\n".join([*(f"250-{line}" for line in found), "250 HELP"])

    def _mail(self) -> str:
        if self.script.starttls and not self.encrypted:
            return "530 Must issue a STARTTLS command first"
        if self.script.auth_mandatory and not self.authenticated:
            return "530 5.7.0 Authentication required"
        return self.script.mail

    def _auth(self, mechanism: str, initial: str) -> str:
        if mechanism == "PLAIN":
            _, user, password = base64.b64decode(initial).decode().split("\0")
        else:
            self._say("334 UGFzc3dvcmQ6")
            user, password = base64.b64decode(initial).decode(), base64.b64decode(self._hear()).decode()
        self.authenticated = (user, password) == (USER, PASSWORD)
        return (
            "235 2.7.0 Authentication successful"
            if self.authenticated
            else "535 5.7.8 Authentication credentials invalid"
        )

    def _encrypt(self) -> None:
        self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        self.encrypted = True

    def _say(self, line: str) -> None:
        self.connection.sendall(f"{line}\r\n".encode())

    def _hear(self) -> str:
        received = b""
        while not received.endswith(b"\r\n"):
            part = self.connection.recv(4096)
            if not part:
                return ""
            received += part
        return received.decode("utf-8", "replace").rstrip("\r\n")
