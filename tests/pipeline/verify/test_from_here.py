"""Relays in zones that are asked from here too: with no secret, and without a say in what comes of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest
from lab.servers.smtp.relay import SmtpRelay
from support.submission import REF
from support.values import certificate

from reconciler.cli.verify import exit_code
from reconciler.errors import Interrupted
from reconciler.model.answers.verdict import Verdict
from reconciler.model.handshake import (
    Auth,
    CheckResult,
    CheckStatus,
    Encryption,
    Handshake,
    Level,
    OAuth2,
    Policy,
    Relay,
    Status,
)
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.pipeline.resolve import relays as resolve
from reconciler.pipeline.verify import from_here, prove
from reconciler.pipeline.verify.ask import Asking, Done, Found, StoppedShort
from reconciler.smtp.record.log import Timeouts

RELAY = Relay(
    name="prod/main",
    host="relay.dmz.example.com",
    port=587,
    encryption=Encryption.STARTTLS,
    auth=Auth.BASIC,
    username="app",
    password=REF,
    ca_file="/certs/ca.pem",
    pins=("sha256/AAAA",),
    sender="a@example.com",
    senders=("b@example.com",),
    recipient="c@example.com",
    level=Level.MESSAGE,
    clients=("python",),
    severities=(("SMTP206", "info"), ("SMTP403", "fail")),
    dns=True,
    zone="dmz",
)
OAUTH = replace(RELAY, auth=Auth.OAUTH2, oauth2=OAuth2(provider="entra", client_id="c", client_secret=REF))


@pytest.mark.parametrize("relay", [RELAY, OAUTH], ids=["password", "token"])
def test_from_here_no_login_is_made_and_nothing_is_sent(relay: Relay) -> None:
    (asked,) = from_here.relays([relay])
    assert (asked.zone, asked.auth, asked.username, asked.level) == (None, Auth.NONE, None, Level.TLS)
    assert (resolve.secrets(asked), asked.sender, asked.senders, asked.clients, asked.dns) == (
        set(),
        None,
        (),
        (),
        False,
    )
    assert (asked.host, asked.ca_file, asked.pins) == (relay.host, relay.ca_file, relay.pins)


def test_from_here_opt_in_checks_are_not_made_and_lowered_ones_stay_lowered() -> None:
    assert from_here.relays([RELAY])[0].severities == (("SMTP206", "info"),)


def test_a_relay_that_is_asked_for_less_than_tls_is_asked_for_no_more() -> None:
    assert from_here.relays([replace(RELAY, level=Level.CONNECT)])[0].level is Level.CONNECT


@pytest.mark.parametrize(
    "other",
    [{"zone": None}, {"via": "ssh://bastion.example.com"}, {"host": "127.0.0.1"}, {"host": "Localhost."}],
    ids=str,
)
def test_what_says_nothing_is_not_asked(other: dict[str, str | None]) -> None:
    assert from_here.relays([replace(RELAY, **other)]) == []  # type: ignore[arg-type]


class Closed:
    """Secrets of which none is to be opened."""

    def opener(self, allowed: Collection[SecretRef] | None) -> Opener:
        assert not allowed
        return self

    def open(self, ref: SecretRef) -> SecretValue:
        raise AssertionError(ref)


def test_tls_is_proven_with_every_secret_closed(server: SmtpRelay, submission: Relay) -> None:
    zoned = replace(RELAY, port=server.port, ca_file=submission.ca_file, pins=(), severities=())
    asked = replace(from_here.relays([zoned])[0], host=submission.host)  # which is loopback, and would not be asked
    found = prove.here([asked], Policy(), Closed())[asked]  # type: ignore[arg-type]  # as much of Secrets as it takes
    assert (str(found.status), found.summary) == ("pass", "starttls, TLSv1.3")
    assert (server.connections, server.logins, server.senders) == (1, [], [])


def check(name: str, status: str, reason: str, evidence: str | None = None) -> CheckResult:
    return CheckResult(id=name, status=CheckStatus(status), reason=reason, evidence=evidence)


def shaken(relay: Relay, status: str, *checks: CheckResult, pin: str = "sha256/AAAA", summary: str = "") -> Handshake:
    seen = replace(certificate("2027-01-20T10:00:00+00:00"), pin=pin)
    return Handshake(
        relay=relay.name,
        host=relay.host,
        port=relay.port,
        level=relay.level,
        status=Status(status),
        steps=(),
        checks=checks,
        summary=summary,
        certificate=None if status == "fail" else seen,
    )


THERE = shaken(RELAY, "pass", summary="starttls, TLSv1.3, AUTH PLAIN as app")
HERE = from_here.relays([RELAY])[0]
TLS = "starttls, TLSv1.3"


@pytest.mark.parametrize(
    ("here", "says"),
    [
        (shaken(HERE, "pass", summary=TLS), ("pass", TLS)),
        (shaken(HERE, "warn", check("SMTP206", "warn", "expires in 5 days"), summary=TLS), ("pass", TLS)),
        (
            shaken(HERE, "fail", check("SMTP100", "fail", "no connection to x", "192.0.2.1: No route to host")),
            ("fail", "no route to host"),
        ),
        (
            shaken(HERE, "fail", check("SMTP200", "inconclusive", "wait"), check("SMTP205", "fail", "another name")),
            ("fail", "another name"),
        ),
        (shaken(HERE, "inconclusive", check("SMTP101", "inconclusive", "no answer")), ("inconclusive", "no answer")),
        (
            shaken(HERE, "pass", summary=TLS, pin="sha256/BBBB"),
            ("warn", "another server (its certificate has another key)"),
        ),
    ],
    ids=["well", "the zone has told the warning", "no connection", "the worst", "silent", "another server"],
)
def test_what_is_seen_from_here_stands_beside_what_counts(here: Handshake, says: tuple[str, str]) -> None:
    found = from_here.beside(RELAY, THERE, {HERE: here})
    assert found == replace(THERE, zone="dmz", here=Verdict(status=Status(says[0]), summary=says[1]))
    assert exit_code([found]) == exit_code([THERE])


class Prover:
    """Proves in zones, and finds no way from here; stops after `most`."""

    def __init__(self, most: int = 9) -> None:
        self.asked: list[Relay] = []
        self.most = most

    def __call__(self, wanted: Sequence[Relay], policy: Policy, asking: Asking, done: Done) -> Found:
        self.asked = list(wanted)
        found = {relay: shaken(relay, "pass" if relay.zone else "fail") for relay in wanted}
        done(dict(list(found.items())[: self.most]))
        if self.most < len(wanted):
            raise Interrupted("stopped")
        return found


ASKING = Asking(timeouts=Timeouts(), parallel=4, hear=None)
OURS = replace(RELAY, name="prod/ours", zone=None)


def test_zones_and_here_are_asked_together_and_each_relay_is_told_once() -> None:
    prover = Prover()
    found = ASKING.results([RELAY, OURS], Policy(), prover)
    assert prover.asked == [RELAY, OURS, HERE]
    assert [(one.relay, one.zone, one.here and one.here.status) for one in found] == [
        ("prod/main", "dmz", "fail"),
        ("prod/ours", None, None),
    ]


def test_zones_are_asked_alone_where_nobody_wants_to_know_how_it_looks_from_here() -> None:
    prover = Prover()
    found = ASKING._replace(from_here=False).results([RELAY], Policy(), prover)
    assert (prover.asked, found[0].zone, found[0].here) == ([RELAY], "dmz", None)


def test_what_was_there_when_somebody_stopped_it_says_its_zone() -> None:
    with pytest.raises(StoppedShort) as caught:
        ASKING.results([RELAY, OURS], Policy(), Prover(most=1))
    assert [(one.relay, one.zone, one.here) for one in caught.value.results] == [("prod/main", "dmz", None)]
    assert caught.value.what == "interrupted after 1 of 2 relays"
