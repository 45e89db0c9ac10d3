"""What each opt-in check needs before it can be tried: one table for the handshake and for what the files say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model.handshake import Auth, Encryption, Level, Relay


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """`envelope`: a sender and a recipient of the relay's own; `login`: a session that has logged in."""

    level: Level
    encryption: Encryption | None = None
    login: bool = False
    envelope: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that a relay lacks: the field that would have to say it, what is so now, what it should be.

    `wanted` is None where only the reader knows the value.
    """

    field: str
    reason: str
    wanted: str | None = None


NEEDS = {
    "SMTP213": Needs(level=Level.TLS, encryption=Encryption.STARTTLS),
    "SMTP305": Needs(level=Level.AUTH, envelope=True),
    "SMTP402": Needs(level=Level.ENVELOPE, login=True, envelope=True),
    "SMTP403": Needs(level=Level.AUTH),
    "SMTP405": Needs(level=Level.ENVELOPE, envelope=True),
}


def below(check: str, relay: Relay) -> Missing | None:
    """Whether the handshake stops too early for it."""
    least = NEEDS[check].level
    if relay.level.rank >= least.rank:
        return None
    return Missing(field="verify.level", reason=f"it needs level {least}", wanted=str(least))


def missing(check: str, relay: Relay) -> Iterator[Missing]:
    """What a relay lacks for a check, whatever its level."""
    needs = NEEDS[check]
    if needs.encryption not in (None, relay.encryption):
        reason = f"encryption is {relay.encryption}, not {needs.encryption}"
        yield Missing(field="encryption", reason=reason, wanted=str(needs.encryption))
    if needs.login and relay.auth is Auth.NONE:
        yield Missing(field="auth", reason="auth is none, so nobody logs in", wanted=str(Auth.BASIC))
    if needs.envelope and relay.sender is None:
        yield Missing(field="sender.address", reason="there is no sender")
    if needs.envelope and relay.recipient is None:
        yield Missing(field="verify.recipient", reason="there is no recipient")
