"""A port that does not tell its encryption: each is tried without a login, and what was found is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.cli.relay import options
from reconciler.model.handshake import CheckStatus, Encryption, Handshake, Level, Relay, Status

Results = Callable[[Sequence[Relay]], Sequence[Handshake]]
_LOGIN = ("username", "password_env", "token_env", "auth")
_WORKS = (Status.PASS, Status.WARN)
_FAR = (Level.ENVELOPE, Level.MESSAGE)  # they need to be sure of the way


def is_one(given: Mapping[str, Any], level: Level | None) -> bool:
    port = given["port"]
    return given["encryption"] is None and port is not None and port not in options.PORTS and level not in _FAR


def found(given: Mapping[str, Any], *, via: str | None, dns: bool, results: Results) -> tuple[Handshake, str]:
    """The handshake that went furthest, and a line that says what was tried. Raises UsageError as `options.relay`."""
    bare = {**given, **dict.fromkeys(_LOGIN), "encryption": Encryption.STARTTLS.value}
    first = options.relay(bare, level=Level.TLS, via=via, dns=dns)
    asked = bool(first.clients or first.others)
    plain = replace(first, encryption=Encryption.NONE, level=Level.TLS if asked else Level.CONNECT)
    relays = [first, replace(first, encryption=Encryption.TLS), plain]
    tried = list(zip(relays, results(relays), strict=True))
    broken = _broken(tried[0][1])
    relay, best = tried[0] if broken else max(tried, key=_far)
    said = f"port {relay.port} offers STARTTLS, which fails" if broken else _said(relay, best)
    login = "; no login was tried" if any(given[name] for name in _LOGIN) else ""
    return best, f"--encryption is not given, so starttls, tls and none were tried{login}: {said}"


def _said(relay: Relay, best: Handshake) -> str:
    if best.status not in _WORKS:
        return "none of them works, and this is what got furthest"
    return f"port {relay.port} speaks {relay.encryption}: --encryption {relay.encryption}"


def _broken(starttls: Handshake) -> bool:
    """The relay begins TLS, and it fails. That the same port works in plain text is then no way to go."""
    taken = any(check.id == "SMTP201" and check.status is CheckStatus.PASS for check in starttls.checks)
    return taken and starttls.status not in _WORKS


def _far(one: tuple[Relay, Handshake]) -> tuple[bool, bool, int]:
    """What works, encrypted before plain; else what passed most checks."""
    relay, found = one
    works = found.status in _WORKS
    passed = sum(check.status is CheckStatus.PASS for check in found.checks)
    return works, works and relay.encryption is not Encryption.NONE, passed
