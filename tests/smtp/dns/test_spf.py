"""SPF against a real name server on loopback: the RFC's own examples, the limits, and what SMTP020 says."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterator, Mapping, Sequence

import pytest
from lab.servers.dns import DnsServer, Fault

from reconciler.model.handshake import CheckResult, CheckStatus
from reconciler.smtp.dns import spf
from reconciler.smtp.dns.host import Host
from reconciler.smtp.dns.names import Names
from reconciler.smtp.dns.spf_eval import Verdict, verdict
from reconciler.smtp.dns.spf_macros import Sender

# RFC 7208, appendix A
RFC: dict[str, dict[str, list[str]]] = {
    "example.com": {"MX": ["10 mail-a.example.com.", "20 mail-b.example.com."], "A": ["192.0.2.10", "192.0.2.11"]},
    "amy.example.com": {"A": ["192.0.2.65"]},
    "bob.example.com": {"A": ["192.0.2.66"]},
    "mail-a.example.com": {"A": ["192.0.2.129"]},
    "mail-b.example.com": {"A": ["192.0.2.130"]},
    "www.example.com": {"CNAME": ["example.com."]},
    "example.org": {"MX": ["10 mail-c.example.org."]},
    "mail-c.example.org": {"A": ["192.0.2.140"]},
    "10.2.0.192.in-addr.arpa": {"PTR": ["example.com."]},
    "11.2.0.192.in-addr.arpa": {"PTR": ["example.com."]},
    "65.2.0.192.in-addr.arpa": {"PTR": ["amy.example.com."]},
    "66.2.0.192.in-addr.arpa": {"PTR": ["bob.example.com."]},
    "129.2.0.192.in-addr.arpa": {"PTR": ["mail-a.example.com."]},
    "130.2.0.192.in-addr.arpa": {"PTR": ["mail-b.example.com."]},
    "140.2.0.192.in-addr.arpa": {"PTR": ["mail-c.example.org."]},
    "4.0.0.10.in-addr.arpa": {"PTR": ["bob.example.com."]},
    # A.1, a name for each record
    "all.test": {"TXT": ["v=spf1 +all"]},
    "a.test": {"TXT": ["v=spf1 a:example.com -all"]},
    "a-org.test": {"TXT": ["v=spf1 a:example.org -all"]},
    "mx.test": {"TXT": ["v=spf1 mx:example.com -all"]},
    "mx-org.test": {"TXT": ["v=spf1 mx:example.org -all"]},
    "mx-both.test": {"TXT": ["v=spf1 mx:example.com mx:example.org -all"]},
    "mx-30.test": {"TXT": ["v=spf1 mx:example.com/30 mx:example.org/30 -all"]},
    "ptr.test": {"TXT": ["v=spf1 ptr:example.com -all"]},
    "ip4.test": {"TXT": ["v=spf1 ip4:192.0.2.128/28 -all"]},
    # A.2
    "many.test": {"TXT": ["v=spf1 include:a.test include:mx-org.test -all"]},
    "la.many.test": {"TXT": ["v=spf1 redirect=many.test"]},
    # A.3
    "users.test": {"TXT": ["v=spf1 include:mobile._spf.%{d} include:remote._spf.%{d} -all"]},
    "mobile._spf.users.test": {"TXT": ["v=spf1 exists:%{l1r+}.%{d}"]},
    "mary.mobile._spf.users.test": {"A": ["127.0.0.2"]},
    "remote._spf.users.test": {"TXT": ["v=spf1 exists:%{ir}.%{l1r+}.%{d}"]},
    "15.2.0.192.joel.remote._spf.users.test": {"A": ["127.0.0.2"]},
    # A.4
    "both.test": {"TXT": ["v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all"]},
    "ip4._spf.both.test": {"TXT": ["v=spf1 -ip4:192.0.2.0/24 +all"]},
    "ptr._spf.both.test": {"TXT": ["v=spf1 -ptr:example.com +all"]},
}


@pytest.fixture(scope="module")
def rfc() -> Iterator[DnsServer]:
    with DnsServer(RFC) as server:
        yield server


@pytest.mark.parametrize(
    ("sender", "address", "expected"),
    [
        ("x@all.test", "203.0.113.9", "pass"),
        ("x@a.test", "192.0.2.10", "pass"),
        ("x@a.test", "192.0.2.11", "pass"),
        ("x@a.test", "192.0.2.65", "fail"),
        ("x@a.test", "2001:db8::1", "fail"),
        ("x@a-org.test", "192.0.2.140", "fail"),
        ("x@mx.test", "192.0.2.129", "pass"),
        ("x@mx.test", "192.0.2.130", "pass"),
        ("x@mx.test", "192.0.2.140", "fail"),
        ("x@mx-org.test", "192.0.2.140", "pass"),
        ("x@mx-both.test", "192.0.2.129", "pass"),
        ("x@mx-both.test", "192.0.2.140", "pass"),
        ("x@mx-30.test", "192.0.2.131", "pass"),
        ("x@mx-30.test", "192.0.2.143", "pass"),
        ("x@mx-30.test", "192.0.2.132", "fail"),
        ("x@ptr.test", "192.0.2.65", "pass"),
        ("x@ptr.test", "192.0.2.140", "fail"),
        ("x@ptr.test", "10.0.0.4", "fail"),
        ("x@ip4.test", "192.0.2.65", "fail"),
        ("x@ip4.test", "192.0.2.129", "pass"),
        ("x@many.test", "192.0.2.10", "pass"),
        ("x@la.many.test", "192.0.2.140", "pass"),
        ("x@la.many.test", "192.0.2.65", "fail"),
        ("mary@users.test", "203.0.113.9", "pass"),
        ("fred@users.test", "203.0.113.9", "fail"),
        ("joel@users.test", "192.0.2.15", "pass"),
        ("joel@users.test", "192.0.2.16", "fail"),
        ("x@both.test", "192.0.2.65", "pass"),
        ("x@both.test", "192.0.2.140", "fail"),
        ("x@both.test", "203.0.113.9", "fail"),
        ("x@nothing.test", "192.0.2.10", "none"),
    ],
    ids=str,
)
def test_address_gets_the_verdict_of_the_rfc(rfc: DnsServer, sender: str, address: str, expected: str) -> None:
    assert evaluated(rfc, sender, address).result == expected


@pytest.mark.parametrize(
    ("zone", "expected", "by"),
    [
        ({"d.test": ["v=spf1 ~all"]}, "softfail", "~all"),
        ({"d.test": ["v=spf1 ?all"]}, "neutral", "?all"),
        ({"d.test": ["v=spf1"]}, "neutral", "no term matches"),
        ({"d.test": ["v=spf1 -all", "v=spf1 +all"]}, "permerror", "d.test has 2 SPF records"),
        ({"d.test": ["v=spf1 include:gone.test -all"]}, "permerror", "include:gone.test: no SPF record there"),
        ({"d.test": ["v=spf1 redirect=gone.test"]}, "permerror", "redirect=gone.test: no SPF record there"),
        ({"d.test": ["v=spf1 include:d.test -all"]}, "permerror", "more than 10 lookups, at include:d.test"),
        ({"d.test": ["v=spf1 a:x.test a:y.test a:z.test -all"]}, "permerror", "more than 2 void lookups"),
        ({"d.test": ["v=spf1 include:e.test -all"], "e.test": ["v=spf1 -all"]}, "fail", "-all"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_verdict_when_nothing_matches(zone: Mapping[str, list[str]], expected: str, by: str) -> None:
    with DnsServer({name: {"TXT": records} for name, records in zone.items()}) as server:
        found = evaluated(server, "x@d.test", "203.0.113.9")

    assert found.result == expected
    assert found.by.startswith(by)


OWN = {"relay.test": {"A": ["8.8.8.8"]}}


@pytest.mark.parametrize(
    ("records", "status", "reason"),
    [
        (["v=spf1 ip4:8.8.8.0/24 -all"], CheckStatus.PASS, "d.test lets the relay send (by ip4:8.8.8.0/24), 0 of 10"),
        (["v=spf1 a:relay.test -all"], CheckStatus.PASS, "d.test lets the relay send (by a:relay.test), 1 of 10"),
        (["v=spf1 -all"], CheckStatus.WARN, "d.test says fail to the relay's 8.8.8.8: -all"),
        (["v=spf1 ~all"], CheckStatus.WARN, "d.test says softfail to the relay's 8.8.8.8: ~all"),
        (["v=spf1 +all"], CheckStatus.WARN, "+all lets anyone send"),
        (["v=spf1 ip4:8.8.8.8 ptr -all"], CheckStatus.WARN, "ptr is slow"),
        (["v=spf1 -all", "v=spf1 ~all"], CheckStatus.WARN, "d.test has 2 SPF records"),
        (["unrelated"], CheckStatus.WARN, "d.test has no SPF record"),
        (["v=spf1 ipv4:8.8.8.8 -all"], CheckStatus.WARN, "the SPF record is not valid: ipv4:8.8.8.8: unknown"),
        (["v=spf1 include:d.test -all"], CheckStatus.WARN, "the SPF record is in error: a loop: d.test → d.test"),
        (
            ["v=spf1 include:gone.test -all"],
            CheckStatus.WARN,
            "the SPF record is in error: include:gone.test: gone.test",
        ),
        (["v=spf1 a mx exists:x.test -all"], CheckStatus.WARN, "the SPF record is in error: 3 void lookups"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_spf_of_the_sender(records: list[str], status: CheckStatus, reason: str) -> None:
    with DnsServer({**OWN, "d.test": {"TXT": records}}) as server:
        found = checked(server, ["8.8.8.8"])

    assert (found.id, found.status) == ("SMTP020", status)
    assert found.reason.startswith(reason)


@pytest.mark.parametrize(("terms", "status"), [(10, CheckStatus.PASS), (11, CheckStatus.WARN)])
def test_lookups_are_counted_through_includes(terms: int, status: CheckStatus) -> None:
    inner = " ".join(f"a:e{index}.test" for index in range(terms - 2))
    zone = {
        **{f"e{index}.test": {"A": ["127.0.0.2"]} for index in range(terms)},
        "d.test": {"TXT": ["v=spf1 include:inner.test ip4:8.8.8.8"]},
        "inner.test": {"TXT": [f"v=spf1 {inner} redirect=end.test"]},
        "end.test": {"TXT": ["v=spf1 -all"]},
    }
    with DnsServer(zone) as server:
        found = checked(server, ["8.8.8.8"])

    assert found.status is status
    assert f"{terms} " in found.reason


@pytest.mark.parametrize(("terms", "status"), [(10, CheckStatus.PASS), (11, CheckStatus.INFO)])
def test_a_relay_that_matches_before_the_limit_is_not_told_as_given_up(terms: int, status: CheckStatus) -> None:
    rest = " ".join(f"exists:e{index}.test" for index in range(terms))
    zone = {
        **{f"e{index}.test": {"A": ["127.0.0.2"]} for index in range(terms)},
        "d.test": {"TXT": [f"v=spf1 ip4:8.8.8.8 {rest} -all"]},
    }
    with DnsServer(zone) as server:
        found = checked(server, ["8.8.8.8"])

    assert found.status is status
    assert "lets the relay send (by ip4:8.8.8.8)" in found.reason


def test_record_that_leads_on_without_end_is_left() -> None:
    zone = {f"s{index}.test": {"TXT": [f"v=spf1 include:s{index + 1}.test -all"]} for index in range(500)}
    with DnsServer({"d.test": {"TXT": ["v=spf1 include:s0.test -all"]}, **zone}) as server:
        found = checked(server, ["8.8.8.8"])

    assert found.status is CheckStatus.WARN
    assert len(server.asked) < 100


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ("v=spf1 include:spf.protection.outlook.com -all", CheckStatus.PASS),
        ("v=spf1 include:all.test -all", CheckStatus.PASS),
        ("v=spf1 ip4:8.8.8.8 -all", CheckStatus.WARN),
    ],
    ids=["included", "included further down", "address of the submission host alone"],
)
def test_exchange_online_needs_its_include(record: str, status: CheckStatus) -> None:
    zone = {
        "d.test": {"TXT": [record]},
        "all.test": {"TXT": ["v=spf1 include:spf.protection.outlook.com -all"]},
        "spf.protection.outlook.com": {"TXT": ["v=spf1 ip4:40.92.0.0/15 -all"]},
    }
    with DnsServer(zone) as server:
        found = checked(server, ["8.8.8.8"], host="smtp.office365.com")

    assert found.status is status
    assert "spf.protection.outlook.com" in found.reason


@pytest.mark.parametrize(
    ("addresses", "reason"),
    [(["10.0.0.5"], "the relay's 10.0.0.5 is private"), ([], "the relay has no address here")],
    ids=["private", "none"],
)
def test_coverage_is_left_open_when_the_relay_shows_no_public_address(addresses: list[str], reason: str) -> None:
    with DnsServer({"d.test": {"TXT": ["v=spf1 ip4:8.8.8.8 -all"]}}) as server:
        found = checked(server, addresses)

    assert found.status is CheckStatus.INFO
    assert reason in found.reason


@pytest.mark.parametrize("fault", ["silence", "servfail", "refused"])
def test_include_that_is_not_answered_is_inconclusive(fault: Fault) -> None:
    zone = {"d.test": {"TXT": ["v=spf1 include:other.test -all"]}}
    with DnsServer(zone, faults={"other.test": fault}) as server:
        found = checked(server, ["8.8.8.8"], seconds=0.4)

    assert found.status is CheckStatus.INCONCLUSIVE


def evaluated(server: DnsServer, sender: str, address: str) -> Verdict:
    local, _, domain = sender.partition("@")

    async def run() -> Verdict:
        one = Sender(local=local, domain=domain, address=ipaddress.ip_address(address))
        return await verdict(Names(server.place, seconds=2), one)

    return asyncio.run(run())


def checked(
    server: DnsServer, addresses: Sequence[str], *, host: str = "relay.test", seconds: float = 3
) -> CheckResult:
    where = Host(addresses=tuple(ipaddress.ip_address(one) for one in addresses))

    async def run() -> CheckResult:
        return spf.result(await spf.found(Names(server.place, seconds=seconds), "x@d.test", where), host)

    return asyncio.run(run())
