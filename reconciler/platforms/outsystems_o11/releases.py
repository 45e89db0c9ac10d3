"""What the release notes of the Platform Server say of email, as findings: 11.10.0 to 11.43.0."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconciler.model.finding import Severity
from reconciler.model.settings import Settings
from reconciler.platforms.outsystems_o11.settings import SSL

Number = tuple[int, ...]
NEWEST = "11.43.0"  # of those whose release notes were read


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Something that a release cannot do: those from `since` on (None: all) and before `until`."""

    until: Number
    since: Number | None = None
    severity: Severity = Severity.WARNING
    rule: str
    field: str
    concerns: Callable[[Settings], bool]
    what: str
    note: str  # the release note, by its number

    def holds(self, release: Number, settings: Settings) -> bool:
        return (self.since or release) <= release < self.until and self.concerns(settings)


def number(release: str) -> Number:
    """`11.34.0.1234` is 11.34.0: the last part is a build."""
    return tuple(int(part) for part in re.findall(r"\d+", release)[:3])


def _oauth2(settings: Settings) -> bool:
    return settings.get("auth") == "oauth2"


def _login(settings: Settings) -> bool:
    return settings.get("auth") == "basic"


def _box(settings: Settings) -> bool:
    return not _oauth2(settings) and settings.get(SSL) is True


def _exchange(settings: Settings) -> bool:
    return str(settings.get("host")).endswith((".office365.com", ".outlook.com"))


GATES = (
    Gate(
        until=(11, 10, 0),
        severity=Severity.ERROR,
        rule="release-port-465",
        field="port",
        concerns=lambda settings: settings.get("port") == 465,
        what="port: 465 is not supported before 11.10.0",
        note="RPD-4025",
    ),
    Gate(
        until=(11, 12, 1),
        rule="release-auth",
        field="auth",
        concerns=_login,
        what="before 11.12.1 no mail leaves through a server that offers an unknown way to log in",
        note="RPM-1063",
    ),
    Gate(
        until=(11, 16, 0),
        rule="release-recipients",
        field="host",
        concerns=_exchange,
        what="before 11.16.0 mail to several recipients reaches none when Office 365 refuses one (550)",
        note="RPM-1514",
    ),
    Gate(
        until=(11, 34, 0),
        severity=Severity.ERROR,
        rule="release-oauth2",
        field="auth",
        concerns=_oauth2,
        what="auth: oauth2 (Exchange Online) needs Platform Server 11.34.0 or later",
        note="R11DT-2574",
    ),
    Gate(
        since=(11, 34, 0),
        until=(11, 37, 0),
        rule="release-login-hidden",
        field="auth",
        concerns=_login,
        what="before 11.37.0 Username and Password are not shown while there is no email configuration yet",
        note="R11DT-3210",
    ),
    Gate(
        since=(11, 34, 0),
        until=(11, 38, 0),
        severity=Severity.ERROR,
        rule="release-ssl-hidden",
        field=SSL,
        concerns=_box,
        what="before 11.38.0 the page does not show Use SSL On Connect, which encryption: tls needs",
        note="RPM-6080; since when, is not said: 11.34.0 is assumed",
    ),
    Gate(
        since=(11, 34, 0),
        until=(11, 38, 0),
        rule="release-exchange-ssl",
        field="auth",
        concerns=_oauth2,
        what="before 11.38.0 Exchange Online is tried with SSL in some cases, which it does not support",
        note="RPM-6079",
    ),
    Gate(
        since=(11, 34, 0),
        until=(11, 42, 0),
        rule="release-bcc",
        field="auth",
        concerns=_oauth2,
        what="before 11.42.0 BCC recipients get no mail with Exchange Online (OAuth 2.0)",
        note="RPM-6750",
    ),
    Gate(
        until=(11, 43, 0),
        rule="release-rfc5321",
        field="host",
        concerns=lambda settings: True,
        what="before 11.43.0 servers that are strict about RFC 5321 refuse the mail (a space after MAIL FROM:)",
        note="RPM-6880",
    ),
)


def gates(release: str, settings: Settings) -> Iterator[Gate]:
    """Those that hold for the settings, as the pages would show them."""
    found = number(release)
    return (gate for gate in GATES if gate.holds(found, settings))


def same(one: str, other: str) -> bool:
    """Whether two releases are one, as far as both say."""
    first, second = number(one), number(other)
    length = min(len(first), len(second))
    return first[:length] == second[:length]
