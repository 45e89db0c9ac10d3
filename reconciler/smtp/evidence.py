"""What the server said, fit to be shown: printable, bounded, and without the secret should a server repeat it."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import quote, quote_plus

from reconciler.model.secret import SecretValue
from reconciler.smtp.reply import Reply

LIMIT = 600
HIDDEN = "***"


class Evidence:
    """Turns bytes of the server into text that holds neither the secret, nor a usual encoding of it."""

    __slots__ = ("_forms", "_lower")

    def __init__(self, username: str | None, password: SecretValue | None) -> None:
        value = "" if password is None else password.reveal()
        self._forms = sorted(set(_forms(username or "", value)), key=len, reverse=True) if value else []
        self._lower = [form.lower() for form in self._forms]

    def reply(self, reply: Reply) -> str:
        """The lines of a reply, one below the other."""
        return self.text(b"\n".join(reply.lines))

    def text(self, data: bytes) -> str:
        # cut last: a secret that is cut in two would not be found
        shown = "\n".join(_printable(line) for line in data.split(b"\n"))
        if self._forms and not self._innocent(shown):
            shown = re.sub("|".join(map(re.escape, self._forms)), HIDDEN, shown, flags=re.IGNORECASE)
        return shown if len(shown) <= LIMIT else f"{shown[:LIMIT]}…"

    def _innocent(self, shown: str) -> bool:
        """Nearly every reply is, and to compile a pattern for each session would be a tenth of its time."""
        lower = shown.lower()
        return shown.isascii() and not any(form in lower for form in self._lower)

    def raw(self, data: bytes) -> str:
        """Bytes that are no reply, line ends made visible."""
        return self.text(data.replace(b"\r", b"\\r").replace(b"\n", b"\\n"))


def _printable(data: bytes) -> str:
    # a server's text must not move the cursor or change the colour of a terminal
    text = data.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _forms(username: str, value: str) -> list[str]:
    raw = [text.encode("utf-8", "replace") for text in (value, f"\0{username}\0{value}")]
    encoded = [b64encode(data).decode() for data in raw]
    latin = _printable(value.encode("latin-1", "replace"))
    plain = [_printable(raw[0]), latin, quote(raw[0], safe=""), quote_plus(raw[0]), raw[0].hex()]
    lines = [_printable(line) for line in raw[0].split(b"\n")]  # as `text` takes a secret of many lines apart
    return [form for form in (*lines, *encoded, *(text.rstrip("=") for text in encoded), *plain) if form]
