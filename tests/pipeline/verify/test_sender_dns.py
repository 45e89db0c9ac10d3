"""The DNS checks of many relays, and what they do to a handshake's status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from lab.servers.dns import DnsServer

from reconciler.model.handshake import CheckResult, CheckStatus, Encryption, Handshake, Level, Policy, Relay, Status
from reconciler.pipeline.resolve import relays
from reconciler.pipeline.verify import sender_dns

ZONE = {
    "relay.example.com": {"A": ["10.0.0.5"]},
    "example.com": {"TXT": ["v=spf1 ip4:10.0.0.5 -all"]},
    "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]},
}


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with DnsServer(ZONE) as running:
        yield running


def test_relays_that_ask_the_same_are_asked_once(server: DnsServer) -> None:
    many = [relay(server, name=f"r{index}", username=f"user{index}") for index in range(50)]

    found = sender_dns.results(many)

    assert len(found) == 50
    assert len(server.asked) == len(set(server.asked))


def test_relays_of_one_domain_share_its_answers(server: DnsServer) -> None:
    sender_dns.results([relay(server), relay(server, host="other.example.com")])

    assert [name for name, _, _ in server.asked].count("_dmarc.example.com") == 1


@pytest.mark.parametrize(("hosts", "status"), [((), CheckStatus.WARN), (("*.example.com",), CheckStatus.PASS)])
def test_private_address_is_allowed_by_policy(server: DnsServer, hosts: tuple[str, ...], status: CheckStatus) -> None:
    one = relay(server)

    assert sender_dns.results([one], policy=Policy(relay_hosts=hosts))[one][0].status is status


@pytest.mark.parametrize(("declared", "dns"), [(True, True), (False, False), (None, False)])
def test_environment_says_whether_dns_is_asked(declared: bool | None, dns: bool) -> None:
    route = {"host": "relay.example.com", "port": 25, "encryption": "starttls", "auth": "none"}

    found = relays.relay({**route, "verify.dns": declared}, "internal")

    assert found is not None
    assert found.dns is dns


def test_no_relay_asks_nobody() -> None:
    assert sender_dns.results([]) == {}


@pytest.mark.parametrize(
    ("before", "check", "after"),
    [
        (Status.PASS, CheckStatus.PASS, Status.PASS),
        (Status.PASS, CheckStatus.INFO, Status.PASS),
        (Status.PASS, CheckStatus.WARN, Status.WARN),
        (Status.PASS, CheckStatus.INCONCLUSIVE, Status.WARN),
        (Status.PASS, CheckStatus.FAIL, Status.FAIL),
        (Status.INCONCLUSIVE, CheckStatus.WARN, Status.INCONCLUSIVE),
        (Status.FAIL, CheckStatus.WARN, Status.FAIL),
    ],
)
def test_status_of_a_handshake_with_dns(before: Status, check: CheckStatus, after: Status) -> None:
    handshake = Handshake(relay="r", host="h", port=587, level=Level.AUTH, status=before, steps=(), checks=(CONNECTED,))
    found = CheckResult(id="SMTP020", status=check, reason="because")

    merged = sender_dns.merged(handshake, (found,))

    assert merged == replace(handshake, status=after, checks=(found, CONNECTED))


CONNECTED = CheckResult(id="SMTP100", status=CheckStatus.PASS, reason="connected")


def relay(server: DnsServer, **settings: str) -> Relay:
    one = Relay(
        name="r",
        host="relay.example.com",
        port=587,
        encryption=Encryption.STARTTLS,
        sender="no-reply@example.com",
        resolver=server.place,
    )
    return replace(one, **settings)  # type: ignore[arg-type]
