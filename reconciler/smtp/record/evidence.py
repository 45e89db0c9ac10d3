"""What the server said, fit to be shown: printable, bounded, and without the secret should a server repeat it."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, quote_plus

from reconciler.model.secret import SecretValue
from reconciler.smtp.protocol import sasl
from reconciler.smtp.protocol.reply import Reply

LIMIT = 600
HIDDEN = "***"
_LINE = 4
_LONG_ENOUGH = 6  # shorter pieces would hide what is no secret
_ALIGNMENTS = 3  # of bytes in base64
_SAME = re.compile(r"[A-Za-z0-9_.~-]+")  # is itself in a URL, in JSON and in every character set


class Evidence:
    """Turns bytes of the server into text that holds neither the secret, nor a usual encoding of it."""

    __slots__ = ("_encoded", "_needles", "_plain")

    def __init__(self, username: str | None, secret: SecretValue | None, *, host: str = "", port: int = 0) -> None:
        self._plain: list[str] = []
        self._encoded: Callable[[], list[str]] = list
        self._needles: frozenset[str] = frozenset()
        if secret is not None and (value := secret.reveal()):
            raw = value.encode("utf-8", "replace")
            inside = _inside(raw)
            safe = [middle.replace("+", "-").replace("/", "_") for middle in inside]  # in a URL
            self._plain = [*_plain(value, raw), *inside, *safe]
            self._encoded = partial(_encoded, username or "", secret, raw, host, port)
            # each encoded form of a secret that is long enough holds one of `inside`
            found = self._plain if len(inside) == _ALIGNMENTS else [*self._plain, *self._encoded()]
            self._needles = frozenset([form.lower() for form in found])

    def reply(self, reply: Reply) -> str:
        """The lines of a reply, one below the other."""
        return self.text(b"\n".join(reply.lines))

    def text(self, data: bytes) -> str:
        # cut last: a secret that is cut in two would not be found
        shown = data.decode("utf-8", "backslashreplace")
        if not shown.replace("\n", "").isprintable():
            shown = "\n".join(map(printable, data.split(b"\n")))
        if self._needles and not self._innocent(shown):
            forms = sorted({*self._plain, *self._encoded()}, key=len, reverse=True)
            shown = re.sub("|".join(map(re.escape, forms)), HIDDEN, shown, flags=re.IGNORECASE)
        return shown if len(shown) <= LIMIT else f"{shown[:LIMIT]}…"

    def _innocent(self, shown: str) -> bool:
        """Nearly every reply is, and to compile a pattern for each session would be a tenth of its time."""
        if not shown.isascii():
            return False
        lower = shown.lower()
        for needle in self._needles:  # noqa: SIM110 all() with its generator would take twice as long
            if needle in lower:
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


def _plain(value: str, raw: bytes) -> list[str]:
    found = [raw.hex()]
    if _SAME.fullmatch(value):
        found.append(value)
    else:
        import json  # few secrets need it

        latin = printable(value.encode("latin-1", "replace"))
        found += [printable(raw), latin, quote(raw, safe=""), quote_plus(raw), json.dumps(value)[1:-1]]
        # as `text` takes a secret of many lines apart; a letter alone would hide, and so tell, itself everywhere
        found += [printable(line) for line in raw.split(b"\n") if len(line) >= _LINE]
    return [form for form in found if form]


def _encoded(username: str, secret: SecretValue, raw: bytes, host: str, port: int) -> list[str]:
    """In base64, as it goes over the wire and alone."""
    found = [b64encode(raw).decode(), urlsafe_b64encode(raw).decode()]
    if sasl.usable(secret):
        found += [form.decode() for form in sasl.forms(username, secret, host, port)]
    return found + [text.rstrip("=") for text in found]


def _inside(raw: bytes) -> list[str]:
    """What base64 of any text that holds the secret has in common: its alignments without the edges."""
    found: list[str] = []
    for shift in range(_ALIGNMENTS):
        middle = b64encode(b"\0" * shift + raw).decode().rstrip("=")
        middle = middle[-(-8 * shift // 6) : len(middle) - ((len(raw) + shift) % 3 > 0)]
        if len(middle) >= _LONG_ENOUGH:
            found.append(middle)
    return found
