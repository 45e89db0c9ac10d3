"""How a credential is written for AUTH. The only place of the handshake that writes a secret."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection

from reconciler.model.secret import SecretValue

# PLAIN first: one round trip, and its encoding of non-ASCII is defined (RFC 4616)
MECHANISMS = ("PLAIN", "LOGIN")


def mechanism(offered: Collection[str]) -> str | None:
    """The one mechanism that will be tried: after a refusal there is no second attempt with another."""
    return next((name for name in MECHANISMS if name in offered), None)


def plain(username: str, password: SecretValue) -> bytes:
    return b64encode(f"\0{username}\0{password.reveal()}".encode())


def login(username: str, password: SecretValue) -> tuple[bytes, bytes]:
    """The answers to the two questions of LOGIN."""
    return b64encode(username.encode()), b64encode(password.reveal().encode())


def usable(password: SecretValue) -> bool:
    """PLAIN has no way to carry a NUL, and an empty password would be an anonymous login at some servers."""
    value = password.reveal()
    try:
        value.encode()
    except UnicodeEncodeError:  # half a surrogate pair, as a variable with broken UTF-8 has it
        return False
    return bool(value) and "\0" not in value
