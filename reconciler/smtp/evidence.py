"""What the server said, fit to be shown: printable, bounded, and without the secret should a server repeat it."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

from reconciler.model.secret import SecretValue
from reconciler.smtp import sasl
from reconciler.smtp.reply import Reply

LIMIT = 600
HIDDEN = "***"
_LONG_ENOUGH = 6  # shorter pieces would hide what is no secret
_SAME = re.compile(r"[A-Za-z0-9_.~-]+")  # is itself in a URL, in JSON and in every character set


class Evidence:
    """Turns bytes of the server into text that holds neither the secret, nor a usual encoding of it."""

    __slots__ = ("_forms", "_lower")

    def __init__(self, username: str | None, secret: SecretValue | None, *, host: str = "", port: int = 0) -> None:
        forms = _forms(username or "", secret, host, port) if secret is not None and secret.reveal() else []
        self._forms = sorted(set(forms), key=len, reverse=True)
        self._lower = [form.lower() for form in self._forms]

    def reply(self, reply: Reply) -> str:
        """The lines of a reply, one below the other."""
        return self.text(b"\n".join(reply.lines))

    def text(self, data: bytes) -> str:
        # cut last: a secret that is cut in two would not be found
        shown = data.decode("utf-8", "backslashreplace")
        if not shown.replace("\n", "").isprintable():
            shown = "\n".join(map(printable, data.split(b"\n")))
        if self._forms and not self._innocent(shown):
            shown = re.sub("|".join(map(re.escape, self._forms)), HIDDEN, shown, flags=re.IGNORECASE)
        return shown if len(shown) <= LIMIT else f"{shown[:LIMIT]}…"

    def _innocent(self, shown: str) -> bool:
        """Nearly every reply is, and to compile a pattern for each session would be a tenth of its time."""
        if not shown.isascii():
            return False
        lower = shown.lower()
        for form in self._lower:  # noqa: SIM110 all() with its generator would take twice as long
            if form in lower:
                return False
        return True

    def raw(self, data: bytes) -> str:
        """Bytes that are no reply, line ends made visible."""
        return self.text(data.replace(b"\r", b"\\r").replace(b"\n", b"\\n"))


def printable(data: bytes) -> str:
    # a server's text must not move the cursor or change the colour of a terminal
    text = data.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _forms(username: str, secret: SecretValue, host: str, port: int) -> list[str]:
    value = secret.reveal()
    raw = value.encode("utf-8", "replace")
    encoded = [b64encode(raw).decode(), urlsafe_b64encode(raw).decode()]
    if sasl.usable(secret):
        encoded += [form.decode() for form in sasl.forms(username, secret, host, port)]
    encoded += [text.rstrip("=") for text in encoded]
    plain = [raw.hex()]
    if _SAME.fullmatch(value):
        plain.append(value)
    else:
        latin = printable(value.encode("latin-1", "replace"))
        plain += [printable(raw), latin, quote(raw, safe=""), quote_plus(raw), json.dumps(value)[1:-1]]
        plain += [printable(line) for line in raw.split(b"\n")]  # as `text` takes a secret of many lines apart
    return [form for form in (*encoded, *plain, *_inside(raw)) if form]


def _inside(raw: bytes) -> list[str]:
    """What base64 of any text that holds the secret has in common: its three alignments without the edges."""
    found = []
    for shift in range(3):
        middle = b64encode(b"\0" * shift + raw).decode().rstrip("=")
        middle = middle[-(-8 * shift // 6) : len(middle) - ((len(raw) + shift) % 3 > 0)]
        if len(middle) >= _LONG_ENOUGH:
            found += [middle, middle.replace("+", "-").replace("/", "_")]
    return found
