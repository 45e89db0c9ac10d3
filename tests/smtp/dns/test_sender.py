"""All DNS checks of a relay together: each verdict of the host, silence, time, hostile zones."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from lab.servers.dns import DnsServer, Fault, Zone

from reconciler.model.handshake import CheckResult, CheckStatus, Encryption, Relay
from reconciler.smtp.dns import sender

GOOD: Zone = {
    "relay.example.com": {"CNAME": ["edge.example.net."]},
    "edge.example.net": {"A": ["8.8.8.8"], "AAAA": ["2001:4860:4860::8888"]},
    "example.com": {"TXT": ["v=spf1 a:relay.example.com -all", "unrelated"]},
    "s1._domainkey.example.com": {"CNAME": ["s1.keys.example.net."]},
    "s1.keys.example.net": {"TXT": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]},
    "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"]},
    "_mta-sts.example.com": {"TXT": ["v=STSv1; id=20260101000000"]},
    "_587._tcp.relay.example.com": {"TLSA": ["3 1 1 " + "ab" * 32]},
}
HOST_ONLY: Zone = {
    "six.example.com": {"AAAA": ["2001:4860:4860::8888"]},
    "four.example.com": {"A": ["8.8.8.8"]},
    "inside.example.com": {"A": ["10.1.2.3"]},
    "here.example.com": {"A": ["127.0.0.1"]},
    "relay.corp": {"A": ["10.1.2.3"]},
    "empty.example.com": {"MX": ["10 relay.example.com."]},
    "left.example.com": {"CNAME": ["right.example.com."]},
    "right.example.com": {"CNAME": ["left.example.com."]},
}


def test_every_check_passes_when_all_is_published() -> None:
    with DnsServer(GOOD) as server:
        found = checked(server)

    assert [one.id for one in found.values()] == list(sender.IDS)
    assert {one.status for one in found.values()} == {CheckStatus.PASS, CheckStatus.INFO}
    assert found["SMTP010"].evidence == (
        f"8.8.8.8, 2001:4860:4860::8888 (TTL 300 s, asked {server.place})\nalias of edge.example.net"
    )
    assert found["SMTP022"].reason == "p=reject for example.com, aligned through SPF and DKIM"
    assert found["SMTP023"].reason == ("MTA-STS: example.com has a policy, TLSA: 1 at _587._tcp.relay.example.com")


@pytest.mark.parametrize(
    ("host", "status", "reason"),
    [
        ("gone.example.com", CheckStatus.WARN, "gone.example.com does not exist in DNS"),
        ("empty.example.com", CheckStatus.WARN, "empty.example.com has neither A nor AAAA"),
        ("left.example.com", CheckStatus.WARN, "the aliases of left.example.com lead nowhere"),
        ("inside.example.com", CheckStatus.WARN, "inside.example.com resolves to 10.1.2.3, which is private"),
        ("here.example.com", CheckStatus.WARN, "here.example.com resolves to 127.0.0.1, which is private, loopback"),
        ("relay.corp", CheckStatus.PASS, "relay.corp resolves"),
        ("10.1.2.3", CheckStatus.PASS, "the host is an address"),
        ("localhost", CheckStatus.PASS, "the host is an address"),
        ("FOUR.example.com.", CheckStatus.PASS, "FOUR.example.com. resolves"),
    ],
)
def test_host_of_the_relay(host: str, status: CheckStatus, reason: str) -> None:
    with DnsServer(HOST_ONLY) as server:
        found = checked(server, host=host)["SMTP010"]

    assert found.status is status
    assert found.reason.startswith(reason)


def test_private_address_is_fine_when_allowed() -> None:
    with DnsServer(HOST_ONLY) as server:
        assert checked(server, private_allowed=True, host="inside.example.com")["SMTP010"].status is CheckStatus.PASS


def test_host_is_looked_up_at_the_other_end_of_via() -> None:
    with DnsServer(HOST_ONLY) as server:
        found = checked(server, host="gone.example.com", via="ssh://bastion.example.com")["SMTP010"]

    assert found.status is CheckStatus.SKIPPED


@pytest.mark.parametrize(("host", "family"), [("four.example.com", "IPv4"), ("six.example.com", "IPv6")])
def test_single_family_is_information(host: str, family: str) -> None:
    with DnsServer(HOST_ONLY) as server:
        found = checked(server, host=host)["SMTP011"]

    assert (found.status, found.reason) == (CheckStatus.INFO, f"published for {family} only")


@pytest.mark.parametrize("fault", ["silence", "servfail", "refused", "garbage", "spoof"])
def test_nothing_fails_or_warns_when_the_server_does_not_answer(fault: Fault) -> None:
    with DnsServer(GOOD, faults={"*": fault}) as server:
        started = time.monotonic()
        found = checked(server, timeout=0.5)

    assert time.monotonic() - started < 6
    assert [found[one].status for one in ("SMTP010", "SMTP020", "SMTP021", "SMTP022")] == [CheckStatus.INCONCLUSIVE] * 4
    assert {one.status for one in found.values()} <= {CheckStatus.INCONCLUSIVE, CheckStatus.SKIPPED, CheckStatus.INFO}


def test_checks_keep_the_whole_time_when_every_answer_is_slow() -> None:
    zone = {f"s{index}.test": {"TXT": [f"v=spf1 include:s{index + 1}.test -all"]} for index in range(20)}
    faults: dict[str, Fault] = dict.fromkeys(zone, "slow")
    with DnsServer(zone, faults=faults) as server:
        started = time.monotonic()
        found = checked(server, timeout=1.0, sender="x@s0.test")

    assert time.monotonic() - started < 6
    assert found["SMTP020"].status is CheckStatus.INCONCLUSIVE


@pytest.mark.parametrize("sender", [None, "postmaster", "x@[192.0.2.1]", "x@"])
def test_sender_checks_are_skipped_without_a_domain(sender: str | None) -> None:
    with DnsServer(GOOD) as server:
        found = checked(server, sender=sender)

    assert [found[one].status for one in ("SMTP020", "SMTP021", "SMTP022")] == [CheckStatus.SKIPPED] * 3


def test_selector_below_the_organisation_is_found() -> None:
    zone = {**GOOD, "shop.example.com": {"TXT": ["v=spf1 a:relay.example.com -all"]}}
    with DnsServer(zone) as server:
        found = checked(server, sender="x@shop.example.com")

    assert found["SMTP021"].evidence == "s1._domainkey.example.com: ed25519, 256 bits"
    assert found["SMTP022"].reason.endswith("aligned through SPF and DKIM")


def test_domain_in_another_script_is_looked_up_by_its_ascii_name() -> None:
    zone = {**GOOD, "xn--bcher-kva.example": {"TXT": ["v=spf1 a:relay.example.com -all"]}}
    with DnsServer(zone) as server:
        assert checked(server, sender="x@bücher.example")["SMTP020"].status is CheckStatus.PASS


def test_hostile_zone_gives_short_printable_results() -> None:
    poison = b"v=spf1 \x1b]0;owned\x07 \xff\xfe" + b"include:x.test " * 4000
    zone = {
        "example.com": {"TXT": [poison]},
        "_dmarc.example.com": {"TXT": [b"v=DMARC1; p=\x1b[31mreject; rua=" + b"x" * 60000]},
        "s1._domainkey.example.com": {"TXT": [b"v=DKIM1; p=" + b"A" * 60000]},
        "_mta-sts.example.com": {"TXT": [b"v=STSv1\x1b[2J" * 2000]},
    }
    with DnsServer({**GOOD, **zone}) as server:
        found = checked(server)

    shown = "".join(f"{one.reason}{one.evidence}{one.advice}" for one in found.values())
    assert len(shown) < 6000
    assert all(letter.isprintable() or letter == "\n" for letter in shown)
    assert [found[one].status for one in ("SMTP020", "SMTP021", "SMTP022")] == [CheckStatus.WARN] * 3


def checked(
    server: DnsServer, *, timeout: float = 8.0, private_allowed: bool = False, **settings: Any
) -> dict[str, CheckResult]:
    declared = {
        "name": "submission",
        "host": "relay.example.com",
        "port": 587,
        "encryption": Encryption.STARTTLS,
        "sender": "no-reply@example.com",
        "dkim_selectors": ("s1",),
        "resolver": server.place,
    }
    relay = Relay(**(declared | settings))
    found = asyncio.run(sender.checks(relay, timeout=timeout, private_allowed=private_allowed))
    return {one.id: one for one in found}
