"""What is refused before a connection is made: values that would break out of their SMTP command, and bare secrets."""

from __future__ import annotations

import re

from reconciler.model.handshake import Auth, CheckResult, Encryption, Level, Relay
from reconciler.model.secret import SecretValue
from reconciler.smtp.catalogue.results import failed
from reconciler.smtp.protocol import idn, sasl

_WORD = re.compile(r"[\x00-\x20\x7f]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"[\x00-\x1f\x7f<>]")
_BEARER = "check what the token server returns: a token is printable ASCII without spaces (RFC 6750)"


def reason(relay: Relay, password: SecretValue | None, *, plaintext_allowed: bool) -> CheckResult | None:
    """The failed check, or None when the handshake may begin."""
    return _unsafe_value(relay) or _unsafe_credential(relay, password, plaintext_allowed=plaintext_allowed)


def _unsafe_value(relay: Relay) -> CheckResult | None:
    values: tuple[tuple[str, str, str | None, re.Pattern[str]], ...] = (
        ("SMTP100", "host", relay.host, _WORD),
        ("SMTP103", "ehlo_name", relay.ehlo_name, _WORD),
        ("SMTP301", "username", relay.username, _CONTROL),
        ("SMTP400", "sender", relay.sender, _ADDRESS),
        ("SMTP401", "recipient", relay.recipient, _ADDRESS),
    )
    if (two := idn.trouble(relay.host)) is not None:
        told = "declare the one that is meant, in ASCII (xn--…)"
        return failed("SMTP100", f"{two}; nothing was sent", advice=told)
    for check, name, value, forbidden in values:
        if value is not None and (found := forbidden.search(value)):
            what = f"{name} holds {found[0]!r}, which would break out of its SMTP command; nothing was sent"
            return failed(check, what, advice=f"remove it from {name}")
    return None


def _unsafe_credential(relay: Relay, password: SecretValue | None, *, plaintext_allowed: bool) -> CheckResult | None:
    if relay.auth is Auth.NONE or relay.level.rank < Level.AUTH.rank:
        return None
    if relay.encryption is Encryption.NONE and not plaintext_allowed:
        kind = "a password" if relay.auth is Auth.BASIC else "an access token"
        return failed("SMTP301", f"{kind} over an unencrypted connection: nothing was sent")
    if relay.auth is Auth.OAUTH2:
        if password is None or sasl.token_usable(password):
            return None
        return failed(
            "SMTP301", "the access token is empty or cannot be sent by SMTP; nothing was sent", advice=_BEARER
        )
    if password is not None and not sasl.usable(password):
        advice = f"check what is stored at {relay.password or 'its place'}"
        return failed("SMTP301", "the password is empty or cannot be sent by SMTP; nothing was sent", advice=advice)
    return None
