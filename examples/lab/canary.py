"""Secrets that can be recognised anywhere: each holds the same word, and `leaks` finds it in every common disguise."""

from __future__ import annotations

import base64
import secrets

WORD = "c4nary-w0rd"


def secret() -> str:
    """A value of its own; what follows the word is what URL-encoding and quoting change."""
    return f"{WORD}/{secrets.token_hex(4)}+V@lue ='\"%"


def token() -> str:
    """For what travels in a header or is a Vault token: no special characters."""
    return f"{WORD}-{secrets.token_hex(8)}"


def leaks(text: str) -> list[str]:
    """The places where the word shows: plain, or in one of the disguises below."""
    return [text[max(0, at - 60) : at + 20] for form in FORMS.values() for one in form if (at := text.find(one)) >= 0]


def leaks_in(content: bytes) -> list[str]:
    """The same for what may be no text: also as UTF-16, as Windows writes it."""
    plain = content.decode("latin-1")
    return leaks(plain) + [form for form in ("utf-16-le", "utf-16-be") if WORD.encode(form) in content]


def _base64(word: bytes) -> set[str]:
    """The part that depends on the word alone, wherever it begins."""
    found = set[str]()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            encoded = encode(b"\0" * shift + word).decode()
            bare = encoded.rstrip("=")
            found.add(bare[(0, 2, 3)[shift] : None if bare == encoded else -1])
    return found


def _each(form: str) -> set[str]:
    return {"".join(form.format(ord(sign)) for sign in WORD)}


# a disguise → the texts that betray it
FORMS: dict[str, set[str]] = {
    "plain": {WORD, WORD.upper(), WORD[::-1]},
    "hex": {WORD.encode().hex(), WORD.encode().hex().upper()},
    "URL": _each("%{:02X}") | _each("%{:02x}"),
    "JSON": _each("\\u{:04x}") | _each("\\u{:04X}") | _each("\\x{:02x}"),
    "HTML": _each("&#{};") | _each("&#x{:x};") | _each("&#x{:X};"),
    "base64": _base64(WORD.encode()),
    "base64 of UTF-16": _base64(WORD.encode("utf-16-le")) | _base64(WORD.encode("utf-16-be")),
    "UTF-16": {WORD.encode(form).decode("latin-1") for form in ("utf-16-le", "utf-16-be")},
    "quoted-printable": _each("={:02X}"),
}
