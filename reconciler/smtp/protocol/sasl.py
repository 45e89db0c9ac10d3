"""How a credential is written for AUTH. The only place of the handshake that writes a secret."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator

from reconciler.model.handshake import Auth
from reconciler.model.secret import SecretValue

# PLAIN first: one round trip, and its encoding of non-ASCII is defined (RFC 4616)
BASIC = ("PLAIN", "LOGIN", "CRAM-MD5")
# without encryption the one that does not show the password to everybody on the way
BASIC_IN_CLEAR = ("CRAM-MD5", "PLAIN", "LOGIN")
OAUTH2 = ("OAUTHBEARER", "XOAUTH2")  # RFC 7628, and what was there before it
MECHANISMS = {Auth.BASIC: BASIC, Auth.OAUTH2: OAUTH2}
UNSUPPORTED = {
    "NTLM": "a Windows domain login",
    "GSSAPI": "a Kerberos ticket",
    "GSS-SPNEGO": "a Kerberos ticket",
    "SCRAM-SHA-1": "a SCRAM login",
    "SCRAM-SHA-256": "a SCRAM login",
    "DIGEST-MD5": "a DIGEST login (RFC 6331 retired it)",
    "EXTERNAL": "a client certificate",
}
# what is answered when a bearer login is refused with 334 and a reason; the final 5xx follows
ACKNOWLEDGED = {"XOAUTH2": b"", "OAUTHBEARER": b"AQ=="}


class BadChallenge(Exception):
    """What the server asks is not what the mechanism says."""


def mechanism(auth: Auth, offered: Collection[str], *, encrypted: bool = True) -> str | None:
    """The one mechanism that will be tried: after a refusal there is no second attempt with another."""
    known = BASIC_IN_CLEAR if auth is Auth.BASIC and not encrypted else MECHANISMS.get(auth, ())
    return next((name for name in known if name in offered), None)


def plain(username: str, password: SecretValue, *, identity: str = "") -> bytes:
    """RFC 4616; `identity` is whom the login acts for, nobody in particular as it comes."""
    return b64encode(f"{identity}\0{username}\0{password.reveal()}".encode())


def login(username: str, password: SecretValue) -> tuple[bytes, bytes]:
    """The answers to the two questions of LOGIN, which has no RFC: draft-murchison-sasl-login."""
    return b64encode(username.encode()), b64encode(password.reveal().encode())


def cram_md5(username: str, password: SecretValue, challenge: bytes) -> bytes:
    """The answer to CRAM-MD5's challenge (RFC 2195), given as the text after 334. Raises BadChallenge."""
    try:
        asked = b64decode(challenge.strip(), validate=True)
    except binascii.Error as error:
        raise BadChallenge("the CRAM-MD5 challenge is not base64") from error
    if not asked:
        raise BadChallenge("the CRAM-MD5 challenge is empty")
    try:
        import hashlib  # 3 ms, and few relays want it
        import hmac

        digest = hmac.new(password.reveal().encode(), asked, hashlib.md5).hexdigest()
    except ValueError as error:
        raise BadChallenge("this machine forbids MD5 (FIPS), so CRAM-MD5 cannot be used here") from error
    return b64encode(f"{username} {digest}".encode())


def xoauth2(username: str, token: SecretValue) -> bytes:
    """https://developers.google.com/workspace/gmail/imap/xoauth2-protocol; Exchange Online takes the same."""
    return b64encode(f"user={username}\1auth=Bearer {token.reveal()}\1\1".encode())


def oauthbearer(username: str, token: SecretValue, host: str, port: int) -> bytes:
    """RFC 7628, section 3.1."""
    name = username.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 section 4
    return b64encode(f"n,a={name},\1host={host}\1port={port}\1auth=Bearer {token.reveal()}\1\1".encode())


def bearer(mechanism: str, username: str, token: SecretValue, host: str, port: int) -> bytes:
    """What follows AUTH XOAUTH2 or AUTH OAUTHBEARER."""
    if mechanism == "XOAUTH2":
        return xoauth2(username, token)
    return oauthbearer(username, token, host, port)


def forms(username: str, secret: SecretValue, host: str, port: int) -> Iterator[bytes]:
    """Everything that carries the secret over the wire, for those who must find it again and hide it."""
    yield plain(username, secret)
    yield login(username, secret)[1]
    yield xoauth2(username, secret)
    yield oauthbearer(username, secret, host, port)


def reason(challenge: bytes) -> dict[str, str] | None:
    """What a bearer mechanism says in base64 after 334, when it refuses: `status`, `scope`, `schemes`."""
    import json  # only for a token that was refused

    try:
        found = json.loads(b64decode(challenge.strip(), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {str(key): str(value) for key, value in found.items() if isinstance(value, str | int)}


def usable(secret: SecretValue) -> bool:
    """PLAIN has no way to carry a NUL, and an empty password would be an anonymous login at some servers."""
    value = secret.reveal()
    try:
        value.encode()
    except UnicodeEncodeError:  # half a surrogate pair, as a variable with broken UTF-8 has it
        return False
    return bool(value) and "\0" not in value


def token_usable(secret: SecretValue) -> bool:
    """A bearer token (RFC 6750) is printable ASCII without blanks; anything else could add fields of its own."""
    value = secret.reveal()
    return bool(value) and value.isascii() and all("!" <= char <= "~" for char in value)
