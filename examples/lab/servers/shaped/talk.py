"""One connection to a relay of some shape: reads a command, keeps what it was, and answers as the shape has it."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable

from lab.servers.shaped import login
from lab.servers.shaped.shape import CLOSE, GO_ON, RECIPIENTS, SILENCE, Shape
from lab.servers.shaped.wire import Wire, cram

_NAMES: dict[str, Callable[[str], bool]] = {
    "dot": lambda name: "." in name,
    "name": lambda name: not name.startswith("["),
    "not localhost": lambda name: not name.startswith("localhost"),
}
_TLS_HELLO = b"\x16\x03"


class Left(Exception):
    """This connection is over, for either end."""


class Talk:
    """Ends when the other end leaves or is sent away; `stopping` cuts delays short."""

    def __init__(
        self, shape: Shape, connection: socket.socket, context: ssl.SSLContext, wire: Wire, stopping: threading.Event
    ) -> None:
        self._shape, self._socket, self._context, self._wire = shape, connection, context, wire
        self._stopping, self._note, self._buffer = stopping, wire.connection(), b""
        self._secured = self._logged_in = False
        self._name = ""
        self._commands: dict[str, Callable[[bytes], None]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": lambda _: self._reply("rset", "250 2.0.0 Ok"),
            "NOOP": lambda _: self._reply("noop", "250 2.0.0 Ok"),
            "QUIT": self._quit,
        }

    def run(self) -> None:
        """Raises OSError and Left at its end."""
        if self._shape.implicit:
            self._secure()
        self._reply("greeting", "220 relay.lab.test ESMTP")
        while True:
            line = self._line()
            if line.startswith(_TLS_HELLO):
                self._note("(TLS, unasked)")
                raise Left
            self._note(self._wire.shown(line))
            verb = line.split(b" ", 1)[0].decode("ascii", "replace").upper()
            self._commands.get(verb, self._unknown)(line)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _reply(self, step: str, usual: str) -> None:
        self._delay(step)
        self._answer(step, usual)

    def _delay(self, step: str) -> None:
        if not (seconds := self._shape.delays.get(step)):
            return
        self._stopping.wait(seconds)
        if select.select([self._socket], [], [], 0)[0]:  # whoever still waits says nothing meanwhile
            self._note("(left)")
            raise Left

    def _answer(self, step: str, usual: str) -> None:
        text = self._shape.replies.get(step, usual)
        if text == CLOSE:
            raise Left
        if text != SILENCE:
            self._send(usual if text == GO_ON else text)

    def _send(self, text: str) -> None:
        self._socket.sendall(f"{text}\r\n".encode())

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            try:
                data = self._socket.recv(65536)
            except ssl.SSLError:  # an alert of TLS 1.3 comes after the handshake
                self._note("(TLS failed)")
                raise Left from None
            if not data:
                self._note("(left)")
                raise Left
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.removesuffix(b"\r")

    def _secure(self) -> None:
        asked: list[str] = []
        if self._shape.settings.host.isascii():  # Python's server breaks off where the name is not
            self._context.sni_callback = lambda _, name, __: asked.append(name or "no name")
        try:
            self._socket = self._context.wrap_socket(self._socket, server_side=True)
        except (OSError, ValueError):
            self._note("(TLS failed)")
            raise Left from None
        self._secured, self._buffer = True, b""
        self._note(f"(TLS for {asked[0]})" if asked else "(TLS)")

    def _ehlo(self, line: bytes) -> None:
        self._name = line[5:].decode("utf-8", "replace").strip()
        if self._misnamed("ehlo"):
            return
        keywords = self._shape.inside if self._secured else self._shape.before
        lines = ("relay.lab.test", *keywords)
        self._reply("ehlo", "\r\n".join(f"250{'-' if one is not lines[-1] else ' '}{one}" for one in lines))

    def _helo(self, line: bytes) -> None:
        self._name = line[5:].decode("utf-8", "replace").strip()
        if not self._misnamed("ehlo"):
            self._reply("helo", "250 relay.lab.test")

    def _misnamed(self, step: str) -> bool:
        names = self._shape.names
        if names.get("at") != step or _NAMES[names["need"]](self._name):
            return False
        self._send(f"504 5.5.2 <{self._name}>: Helo command rejected: need fully-qualified hostname")
        return True

    def _starttls(self, line: bytes) -> None:
        if self._secured or not self._shape.offers_starttls:
            self._send("502 5.5.1 STARTTLS is not known here")
            return
        self._reply("starttls", "220 2.0.0 Ready to start TLS")
        if "starttls" not in self._shape.replies:
            self._secure()

    def _auth(self, line: bytes) -> None:
        words = line.split()
        name = words[1].decode("ascii", "replace").upper() if len(words) > 1 else ""
        initial = words[2] if len(words) > 2 else None
        if not self._offers(name):
            self._judge(line)
            self._wire.refused += 1
            self._send("504 5.7.4 Unrecognized authentication type")
            return
        self._judge(line)
        try:
            ended = login.answer(self._shape, name, initial, self._asker(name))
        except Left:
            self._wire.refused += name == "XOAUTH2"  # it was asked no more than to hear that the token is refused
            raise
        if len(line) > self._shape.longest:
            ended = "500 5.5.2 Line too long"
        ended = self._shape.replies.get("auth.end") or ended
        self._delay("auth.end")
        self._keep(name, ended)
        self._answer("auth.end", ended)
        if ended.startswith("421"):
            raise Left

    def _keep(self, name: str, ended: str) -> None:
        self._logged_in = ended.startswith("235")
        if self._logged_in:
            self._wire.login = name
        else:  # to hang up is a refusal, too
            self._wire.refused += 1

    def _offers(self, mechanism: str) -> bool:
        keywords = self._shape.inside if self._secured else self._shape.before
        words = " ".join(keywords).upper().replace("AUTH=", "AUTH ").split()
        return mechanism in words

    def _asker(self, name: str) -> login.Ask:
        def ask(challenge: bytes) -> bytes:
            self._send(f"334 {challenge.decode()}")
            line = self._line()
            self._note(cram("<user>") if name == "CRAM-MD5" and line != b"*" else self._wire.shown(line))
            self._judge(line)
            if len(line) > self._shape.longest:
                raise login.Ended("500 5.5.2 Line too long")
            return line

        return ask

    def _judge(self, line: bytes) -> None:
        self._wire.exposed |= not self._secured and self._wire.holds_password(line)

    def _mail(self, line: bytes) -> None:
        self._wire.encrypted = self._secured
        if not self._secured and "mail.clear" in self._shape.replies:
            self._reply("mail.clear", "")
        elif not (self._logged_in or self._shape.open):
            self._send("530 5.7.0 Authentication required")
        else:
            self._reply("mail", "250 2.1.0 Ok")

    def _rcpt(self, line: bytes) -> None:
        if not self._misnamed("rcpt"):
            self._reply("rcpt.second" if RECIPIENTS[1].encode() in line else "rcpt", "250 2.1.5 Ok")

    def _data(self, line: bytes) -> None:
        self._reply("data", "354 End data with <CR><LF>.<CR><LF>")
        while self._line() != b".":
            pass
        self._note("(message)")
        self._wire.taken |= "dot" not in self._shape.replies
        self._reply("dot", "250 2.0.0 Ok: queued")

    def _quit(self, line: bytes) -> None:
        self._reply("quit", "221 2.0.0 Bye")
        if "quit" not in self._shape.replies or self._shape.replies["quit"]:
            raise Left

    def _unknown(self, line: bytes) -> None:
        self._send("500 5.5.2 Command not recognized")
