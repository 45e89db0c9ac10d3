"""What the mail client of an application would come to at a relay, worked out and not tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LONG = 30.0  # seconds from which on a failure is a wait


class Kind(StrEnum):
    """In the order in which the first that fits is told."""

    FAILS = "fails"
    WAITS = "waits"
    REPORTED_FAILED = "mail reported as failed"
    IN_CLEAR = "sends in clear"
    WITHOUT_LOGIN = "sends without a login"
    REFUSED_LOGINS = "refused logins per mail"
    SECOND_ADDRESS = "second address not reached"
    UNVERIFIED = "UNVERIFIED"  # nobody knows enough of the client, or this run saw too little of the relay
    SENDS = "sends"


class Reported(StrEnum):
    """What the application says of the mail."""

    SENT = "sent"
    FAILED = "failed"
    NOTHING = "nothing"  # it waits without end


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of one mail of one client at one relay.

    `taken`: the relay has the mail. `login` is the mechanism that was let in, `refused` how many logins were not.
    `encrypted` is whether the mail went inside TLS, `exposed` whether the password or token was readable on the way.
    `wanted` is whether the settings ask for a login, `secured` whether they ask for TLS. `cause` is a word for what
    decided, a key of the client's `words`; `words` is what the administrator reads in the application. `seconds` is
    how long it waits, None without end. `unverified` are the facts of the client on which this rests and that nobody
    has run, `unseen` those of the relay that the session did not see.
    """

    client: str
    taken: bool
    reported: Reported
    login: str | None = None
    refused: int = 0
    encrypted: bool = False
    exposed: bool = False
    wanted: bool = False
    secured: bool = False
    one_address: bool = False  # another address of the name is there and would not be reached in time
    cause: str = ""
    reason: str = ""
    advice: str | None = None
    words: str | None = None
    seconds: float | None = None
    unverified: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    known: bool = True

    @property
    def kind(self) -> Kind:
        return next(self.kinds)

    @property
    def kinds(self) -> Iterator[Kind]:
        """All that fit, the worst first; never empty."""
        if not self.known:
            yield Kind.UNVERIFIED
            return
        if not self.taken:
            yield Kind.WAITS if self.reported is Reported.NOTHING or (self.seconds or 0) >= LONG else Kind.FAILS
            return
        yield from tuple(self._beside) or (Kind.SENDS,)

    @property
    def _beside(self) -> Iterator[Kind]:
        """What is not as it should be, though the relay has the mail."""
        if self.reported is not Reported.SENT:
            yield Kind.REPORTED_FAILED
        if self.exposed or (self.secured and not self.encrypted):
            yield Kind.IN_CLEAR
        if self.wanted and self.login is None:
            yield Kind.WITHOUT_LOGIN
        if self.refused:
            yield Kind.REFUSED_LOGINS
        if self.one_address:
            yield Kind.SECOND_ADDRESS
