"""What a relay hears, line by line, fit to be kept: without the password, and without what changes from run to run."""

from __future__ import annotations

import binascii
import re
import threading
from base64 import b64decode
from collections.abc import Callable

from lab.servers.shaped.shape import Settings

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{4,}={0,2}")
_SIZE = re.compile(r"\b(size)=\d+", re.IGNORECASE)
_LONGEST = 160  # characters of a line that are kept


class Wire:
    """Lines of each connection, in the order in which they were accepted; what is in brackets was not said in SMTP."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self.connections: list[list[str]] = []
        self.refused = 0  # AUTH commands that did not end with 235
        self.login: str | None = None  # the mechanism of the one that succeeded
        self.encrypted = False  # MAIL came inside TLS
        self.exposed = False  # the password could be read outside TLS
        self.taken = False  # a message was answered with 250

    def connection(self) -> Callable[[str], None]:
        """Keeps what is said on one more connection."""
        lines: list[str] = []
        with self._lock:
            self.connections.append(lines)
        return lines.append

    def shown(self, line: bytes, longest: int = _LONGEST) -> str:
        """A command, or an answer to a challenge: base64 is opened, and what is secret in it named."""
        text = _BASE64.sub(self._opened, line) if b" " in line or _BASE64.fullmatch(line) else line
        # the Message-ID has a length of its own each time
        named = _SIZE.sub(r"\1=<octets>", text.decode("utf-8", "backslashreplace"))
        for secret, name in self._secrets():
            named = named.replace(secret, name)
        return named if len(named) <= longest else f"{named[:longest]}… ({len(line)} octets)"

    def holds_password(self, line: bytes) -> bool:
        return "<password>" in self.shown(line)

    def _secrets(self) -> tuple[tuple[str, str], ...]:
        return (self._settings.password, "<password>"), (self._settings.good_password, "<password>")

    def _opened(self, found: re.Match[bytes]) -> bytes:
        try:
            plain = b64decode(found[0], validate=True)
        except binascii.Error:
            return found[0]
        known = self._settings.user.encode(), self._settings.password.encode()
        if not any(one in plain for one in known):
            return found[0]
        return plain.replace(b"\0", b"\\0").replace(b"\1", b"\\1")


def cram(user: str) -> str:
    """The answer to CRAM-MD5 changes with each challenge."""
    return f"{user} <digest>"
