"""AUTH as a relay of some shape answers it: the mechanisms that it knows, and what it thinks of a password."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable

from lab.servers.shaped.shape import Shape

OK, NO = "235 2.7.0 Authentication successful", "535 5.7.8 Error: authentication failed"
_MALFORMED = "501 5.5.2 Cannot decode that"
_UNKNOWN = "504 5.7.4 Unrecognized authentication type"
_CHALLENGE = b"<1.1@relay.lab.test>"
# sends 334 with a challenge, and returns what comes back
Ask = Callable[[bytes], bytes]


class Ended(Exception):
    """The exchange ended early, with this reply."""


def answer(shape: Shape, mechanism: str, initial: bytes | None, ask: Ask) -> str:
    """The reply at the end of an exchange."""
    try:
        right = _MECHANISMS[mechanism](shape, initial, ask)
    except KeyError:
        return _UNKNOWN
    except Ended as ended:
        return str(ended)
    except ValueError:
        return _MALFORMED
    return OK if right and mechanism not in shape.refused else NO


def _plain(shape: Shape, initial: bytes | None, ask: Ask) -> bool:
    identity, user, password = _decoded(ask(b"") if initial is None else initial).split(b"\0")
    allowed = shape.authorization_identity or not identity
    return allowed and _right(shape, user, password)


def _login(shape: Shape, initial: bytes | None, ask: Ask) -> bool:
    if initial is not None and shape.initial_response is False:
        raise Ended("501 5.5.4 No initial response, please")
    user, password = (b64encode(text.encode()) for text in shape.challenges)
    name = initial if initial is not None and shape.initial_response else ask(user)
    return _right(shape, _decoded(name), _decoded(ask(password)))


def _cram(shape: Shape, initial: bytes | None, ask: Ask) -> bool:
    user, _, digest = _decoded(ask(b64encode(_CHALLENGE))).rpartition(b" ")
    wanted = hmac.new(shape.settings.good_password.encode(), _CHALLENGE, "md5").hexdigest()
    return user == shape.settings.user.encode() and digest.decode("ascii", "replace") == wanted


def _token(shape: Shape, initial: bytes | None, ask: Ask) -> bool:
    given = _decoded(ask(b"") if initial is None else initial)
    wanted = f"user={shape.settings.user}\1auth=Bearer {shape.settings.good_password}\1\1"
    if shape.settings.auth == "oauth2" and given == wanted.encode():
        return True
    ask(b64encode(b'{"status":"400"}'))
    return False


def _never(shape: Shape, initial: bytes | None, ask: Ask) -> bool:
    return False


def _right(shape: Shape, user: bytes, password: bytes) -> bool:
    return shape.settings.auth == "basic" and (user, password) == (
        shape.settings.user.encode(),
        shape.settings.good_password.encode(),
    )


def _decoded(line: bytes) -> bytes:
    if line == b"*":
        raise Ended("501 5.7.0 Authentication aborted")
    return b64decode(line, validate=True)


_MECHANISMS: dict[str, Callable[[Shape, bytes | None, Ask], bool]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram,
    "XOAUTH2": _token,
    "SCRAM-SHA-256": _never,
    "NTLM": _never,
    "GSSAPI": _never,
}
