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
    """The places where the word shows: plain, as part of base64 wherever it begins, or URL-encoded."""
    return [text[max(0, at - 60) : at + 20] for form in _FORMS if (at := text.find(form)) >= 0]


def _forms() -> tuple[str, ...]:
    told = {WORD, WORD.upper(), WORD[::-1], WORD.encode().hex(), "".join(f"%{byte:02X}" for byte in WORD.encode())}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + WORD.encode()).decode().rstrip("=")
        told.add(encoded[(0, 2, 3)[shift] : -1])
    return tuple(told)


_FORMS = _forms()
