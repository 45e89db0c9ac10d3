"""The walk of DMARC up the tree, the record that counts, and what SMTP022 says."""

from __future__ import annotations

import asyncio

import pytest
from lab.servers.dns import DnsServer

from reconciler.model.handshake import CheckStatus
from reconciler.smtp.dns import alignment, dmarc
from reconciler.smtp.dns.dkim import Key
from reconciler.smtp.dns.dmarc import Dmarc
from reconciler.smtp.dns.names import Names
from reconciler.smtp.dns.spf import Spf
from reconciler.smtp.dns.spf_tree import Tree

SPF = Spf(domain="d.test", records=("v=spf1 -all",), tree=Tree())
NO_SPF = Spf(domain="d.test", records=())


def test_walk_goes_up_label_by_label() -> None:
    assert dmarc.walk("a.mail.example.com") == ("a.mail.example.com", "mail.example.com", "example.com", "com")


def test_walk_jumps_to_seven_labels() -> None:
    found = dmarc.walk("a.b.c.d.e.f.g.h.i.j.example.com")

    assert found[:3] == ("a.b.c.d.e.f.g.h.i.j.example.com", "f.g.h.i.j.example.com", "g.h.i.j.example.com")
    assert len(found) == 8


@pytest.mark.parametrize(
    ("zone", "domain", "at", "organisation", "policy"),
    [
        ({"example.com": "v=DMARC1; p=reject"}, "example.com", "example.com", "example.com", "reject"),
        ({"example.com": "v=DMARC1; p=reject"}, "a.example.com", "example.com", "example.com", "reject"),
        ({"example.com": "v=DMARC1; p=reject; sp=none"}, "a.example.com", "example.com", "example.com", "none"),
        (
            {"a.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=reject"},
            "a.example.com",
            "a.example.com",
            "example.com",
            "none",
        ),
        (
            {"b.example.com": "v=DMARC1; p=none; psd=n", "example.com": "v=DMARC1; p=reject"},
            "a.b.example.com",
            "b.example.com",
            "b.example.com",
            "none",
        ),
        (
            {"bank": "v=DMARC1; p=reject; psd=y", "a.example.bank": "v=DMARC1; p=none"},
            "a.example.bank",
            "a.example.bank",
            "example.bank",
            "none",
        ),
        ({"bank": "v=DMARC1; p=reject; psd=y"}, "a.example.bank", "bank", "example.bank", "reject"),
        ({}, "a.example.com", None, "a.example.com", "none"),
        ({"example.com": "spf2; p=reject"}, "example.com", None, "example.com", "none"),
        ({"example.com": "v=DMARC1; p=reject; t=y; new=x"}, "example.com", "example.com", "example.com", "quarantine"),
    ],
)
def test_record_that_counts(zone: dict[str, str], domain: str, at: str | None, organisation: str, policy: str) -> None:
    found = walked({name: [text] for name, text in zone.items()}, domain)

    assert (found.at, found.organisation, found.policy) == (at, organisation, policy)
    assert not found.problems


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "has 2 records; receivers ignore them all"),
        (["v=DMARC1; p=rejekt"], "p=rejekt is not one of none, quarantine, reject"),
        (["v=DMARC1; rua=mailto:x@d.test"], "no p="),
        (["v=DMARC1; p=none; rua=x@d.test"], "'x@d.test' is not a mailto: address"),
        (["v=DMARC1; p=none; adkim=strict"], "adkim=strict is not one of r, s"),
        (["v=DMARC1; none"], "'none' is not tag=value"),
        (["v=DMARC1; p=none; fo=x"], "fo=x is not of 0, 1, d, s"),
        (["v=DMARC1; p=none; rua=mailto:x@d.test!10x"], "is not a mailto: address"),
    ],
)
def test_record_with_a_mistake_is_told(records: list[str], problem: str) -> None:
    found = walked({"d.test": records}, "d.test")
    result = alignment.result(found, SPF, ())

    assert result.status is CheckStatus.WARN
    assert problem in result.reason


@pytest.mark.parametrize(
    ("record", "spf", "keys", "status", "reason"),
    [
        ("p=reject", SPF, (), CheckStatus.PASS, "p=reject for a.d.test, aligned through SPF"),
        ("p=reject", NO_SPF, ("d.test",), CheckStatus.PASS, "p=reject for a.d.test, aligned through DKIM"),
        ("p=reject", SPF, ("a.d.test",), CheckStatus.PASS, "p=reject for a.d.test, aligned through SPF and DKIM"),
        ("p=reject; adkim=s", NO_SPF, ("d.test",), CheckStatus.WARN, "neither SPF nor DKIM can pass for a.d.test"),
        ("p=reject; adkim=s", NO_SPF, ("a.d.test",), CheckStatus.PASS, "p=reject for a.d.test, aligned through DKIM"),
        ("p=none", SPF, (), CheckStatus.INFO, "p=none for a.d.test, aligned through SPF; p=none only has"),
        (
            "p=reject; t=y",
            SPF,
            (),
            CheckStatus.INFO,
            "p=quarantine for a.d.test, aligned through SPF; t=y makes reject",
        ),
        ("p=reject; pct=5", SPF, (), CheckStatus.INFO, "p=reject for a.d.test, aligned through SPF; pct= is removed"),
        ("p=reject", NO_SPF, (), CheckStatus.WARN, "neither SPF nor DKIM can pass"),
        ("p=reject", None, (), CheckStatus.INFO, "p=reject; alignment is unknown now"),
        ("p=reject", NO_SPF, None, CheckStatus.INFO, "p=reject; alignment is unknown now"),
    ],
)
def test_alignment_of_the_sender(
    record: str, spf: Spf | None, keys: tuple[str, ...] | None, status: CheckStatus, reason: str
) -> None:
    found = walked({"d.test": [f"v=DMARC1; {record}"]}, "a.d.test")
    signing = None if keys is None else [Key(selector="s1", domain=one, bits=2048) for one in keys]

    result = alignment.result(found, spf, signing)

    assert (result.id, result.status) == ("SMTP022", status)
    assert result.reason.startswith(reason)


def test_domain_without_a_record_is_told() -> None:
    result = alignment.result(walked({}, "d.test"), SPF, ())

    assert result.status is CheckStatus.WARN
    assert result.reason == "d.test has no DMARC record, nor does a domain above it"


def test_record_counts_although_a_domain_above_is_silent() -> None:
    zone = {"_dmarc.a.d.test": {"TXT": ["v=DMARC1; p=reject"]}}
    with DnsServer(zone, faults={"_dmarc.d.test": "servfail", "_dmarc.test": "servfail"}) as server:
        found = asyncio.run(asked(server, "a.d.test"))

    assert (found.at, found.organisation) == ("a.d.test", "a.d.test")


def walked(zone: dict[str, list[str]], domain: str) -> Dmarc:
    with DnsServer({f"_dmarc.{name}": {"TXT": records} for name, records in zone.items()}) as server:
        return asyncio.run(asked(server, domain))


async def asked(server: DnsServer, domain: str) -> Dmarc:
    return await dmarc.found(Names(server.place, seconds=3), domain)
