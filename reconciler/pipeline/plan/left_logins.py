"""A login that the files do not declare stays in the application, and follows its host wherever that goes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconciler.model.change import FieldChange
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Applied, Desired, Present, Value
from reconciler.pipeline.observe import sent
from reconciler.pipeline.policy import hosts

# What a secret follows: when one of these is written, it may go to another server than before.
_PASSWORD, _CLIENT = "password", "oauth2.client_secret"
_FOLLOWS = {_PASSWORD: ("host", "port"), _CLIENT: ("oauth2.token_url", "oauth2.authority_host")}


def findings(
    wanted: Desired, live: Present, last: Applied | None, fields: Collection[FieldChange]
) -> Iterator[Finding]:
    """A risk for each secret that stays while its destination moves, an error where it would go in clear text from a
    protected environment."""
    changed = {one.field: one for one in fields}
    for secret in _FOLLOWS if changed else ():
        if not _left(secret, wanted, live, last):
            continue
        clear = secret == _PASSWORD and _in_clear(wanted, live)
        moved = next((field for field in _FOLLOWS[secret] if field in changed), None)
        opened = "encryption" if clear and "encryption" in changed else None
        used = "auth" if "auth" in changed and changed["auth"].before == "none" else None
        if clear and wanted.protected and "encryption" in {*wanted.settings, *wanted.handshake}:
            yield _protected(wanted, secret)
        elif field := moved or opened or used:
            yield _risk(wanted, live, secret, field, clear=clear)


def _left(secret: str, wanted: Desired, live: Present, last: Applied | None) -> bool:
    """Whether it is in the application, as far as anybody can tell, and what is written leaves it there in use."""
    if secret in wanted.settings or (secret in live.settings and live.settings[secret] is None):
        return False
    known = last is not None and sent.given(last, secret)
    auth = _after("auth", wanted, live)
    if secret == _CLIENT:
        return auth == "oauth2" and (known or secret in live.write_only)
    if auth in ("none", "oauth2") or not (known or secret in live.write_only or secret in live.settings):
        return False
    there = "username" in wanted.settings or "username" in live.settings
    return not there or _after("username", wanted, live) is not None


def _after(field: str, wanted: Desired, live: Present) -> Value:
    """What the application will have. `auth` that only the handshake hears of changes nothing there."""
    return wanted.settings[field] if field in wanted.settings else live.settings.get(field)


def _in_clear(wanted: Desired, live: Present) -> bool:
    """What only the handshake is told of encryption is what is meant."""
    return wanted.handshake.get("encryption", _after("encryption", wanted, live)) == "none"


def _risk(wanted: Desired, live: Present, secret: str, field: str, *, clear: bool) -> Finding:
    kind = "the password" if secret == _PASSWORD else f"the {secret}"
    place = _after(_FOLLOWS[secret][0], wanted, live) or "the new destination"
    bare = ", in clear text" if clear and not hosts.loopback(str(place)) else ""
    return Finding(
        severity=Severity.RISK,
        rule="secret-to-new-host",
        address=str(wanted.address),
        field=secret,
        where=wanted.place(field),
        what=f"{kind} that is in the application stays there, and goes to {place}{bare}",
        why=f"{field} changes, and no file declares {secret}: whoever moves it gets the login",
        fix=f"{_ways_out(secret)}, or apply with --allow secret-to-new-host",
    )


def _protected(wanted: Desired, secret: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="protected-plaintext",
        holds=Holds.UNTIL_DECIDED,
        address=str(wanted.address),
        field=secret,
        where=wanted.place("encryption"),
        what=f"encryption: none with a password that is in the application, and {wanted.address.environment} is "
        "protected",
        why="no file declares that password; the application would send it where anyone on the path could read it",
        fix=f"encryption: starttls, or {_ways_out(secret)}",
    )


def _ways_out(secret: str) -> str:
    if secret == _PASSWORD:
        return "declare username and password, or clear them with username: null and password: null"
    return f"declare {secret}, or clear it with {secret}: null"
