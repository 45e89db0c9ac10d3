"""What one session saw of a relay, for every client that may use it. Kept once per relay; it holds no secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

SILENT: Final = 0
CLOSED: Final = -1


class Answer(NamedTuple):
    """A reply of the relay: its code, how many seconds it took, its text without the code.

    `code` is SILENT where none came, and CLOSED where the connection was closed instead.
    """

    code: int
    seconds: float = 0.0
    text: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.code < 400


class NameRule(NamedTuple):
    """Names that the relay does not take from its clients: `shape` is one of clients' `ehlo_shape`.

    `at` is the command that is refused for it, EHLO or RCPT.
    """

    shape: str
    at: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayFacts:
    """None (or an empty tuple) is "not seen": a prediction assumes that all is well there, and says so.

    `addresses` has a word for each address of the name, in the order of the DNS: answers, refuses, silent,
    with " over IPv6" behind it where it is one. `speaks`
    is tls where TLS is due from the first byte, else smtp. `before` and `inside` are the lines of the answer to
    EHLO, before and inside TLS, without codes and the first line, as they came (`AUTH PLAIN LOGIN`, `starttls`);
    what is not there is not offered. `tls` are the versions that it speaks (1.0 to 1.3), `suites` the families of
    TLS 1.2 that it takes: ECDHE-GCM, ECDHE-CHACHA20, ECDHE-CBC, ECDHE-CBC384 (and 256), DHE, RSA. `faults` are
    those of its certificate: untrusted, expired, other-name, cn-only, no-crl, weak. `auth` are the answers to a
    login with the credential of the relay by mechanism, in capitals; `challenges` what AUTH LOGIN asks, decoded;
    `initial` whether it takes the user name in the line of AUTH LOGIN, `again` that it takes no note of it and asks
    for it; `identity` whether it takes an authorization identity in AUTH PLAIN; `line` the longest line that it
    takes, in octets. `clear` is its answer to MAIL before TLS, `open` to MAIL or RCPT without a login, `second` to
    a second recipient.
    """

    host: str
    port: int
    addresses: tuple[str, ...] = ()
    speaks: str | None = None
    banner: Answer | None = None
    ehlo: Answer | None = None
    helo: Answer | None = None
    before: tuple[str, ...] | None = None
    starttls: Answer | None = None
    tls: frozenset[str] | None = None
    suites: frozenset[str] | None = None
    faults: frozenset[str] | None = None
    inside: tuple[str, ...] | None = None
    auth: tuple[tuple[str, Answer], ...] = ()
    challenges: tuple[str, str] | None = None
    initial: bool | None = None
    again: bool = False
    identity: bool | None = None
    line: int | None = None
    names: tuple[NameRule, ...] = ()
    clear: Answer | None = None
    open: Answer | None = None
    mail: Answer | None = None
    rcpt: Answer | None = None
    second: Answer | None = None
    data: Answer | None = None
    dot: Answer | None = None
    quit: Answer | None = None
