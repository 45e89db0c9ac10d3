"""One name server, asked over real UDP and TCP: what is bounded, what is remembered, what stays open."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Mapping, Sequence

import dns.name
import dns.resolver
import pytest
from lab.servers.dns import DnsServer, Fault

from reconciler.smtp.dns.names import CUT, MAX_RECORDS, MAX_TEXT, Answer, Names, Unanswered, address_and_port

ZONE: Mapping[str, Mapping[str, Sequence[str | bytes]]] = {
    "one.test": {"A": ["192.0.2.1"], "TXT": ["hello"]},
    "alias.test": {"CNAME": ["further.test."]},
    "further.test": {"CNAME": ["one.test."]},
    "dead-end.test": {"CNAME": ["gone.test."]},
    "left.test": {"CNAME": ["right.test."]},
    "right.test": {"CNAME": ["left.test."]},
    "many.test": {"TXT": [f"record {index} {'x' * 200}" for index in range(200)]},
    "huge.test": {"TXT": ["v=spf1 " + "a " * 30000]},
    "odd.test": {"TXT": [b"v=spf1 \x1b[31m\xff\xc3\xa9\x00 -all\n"]},
}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
        ("[2001:db8::53]", ("2001:db8::53", 53)),
        ("1:2:3", None),
        ("192.0.2.53:0", None),
        ("192.0.2.53:99999", None),
        ("::::", None),
        ("", None),
    ],
)
def test_resolver_is_an_address_with_or_without_port(given: str, place: tuple[str, int] | None) -> None:
    assert address_and_port(given) == place


@pytest.mark.parametrize("chase", [True, False], ids=["the server follows aliases", "the client has to"])
def test_answer_is_at_the_end_of_the_aliases(chase: bool) -> None:
    with DnsServer(ZONE, chase=chase) as server:
        found = asked(server.place, "alias.test", "A")

    assert found == Answer(
        name="one.test", records=("192.0.2.1",), ttl=300, aliases=("further.test", "one.test"), exists=True
    )


@pytest.mark.parametrize("chase", [True, False], ids=["the server follows aliases", "the client has to"])
def test_aliases_in_a_circle_are_told(chase: bool) -> None:
    with DnsServer(ZONE, chase=chase) as server:
        found = asked(server.place, "left.test", "A")

    assert found.looped
    assert not found.records


@pytest.mark.parametrize(
    "name", ["gone.test", "dead-end.test", "a..b", "x" * 64 + ".test", ".".join(["label"] * 60), "\u2488.test"]
)
def test_name_that_cannot_be_does_not_exist(name: str) -> None:
    with DnsServer(ZONE) as server:
        assert not asked(server.place, name, "A").exists


def test_name_without_such_records_exists() -> None:
    with DnsServer(ZONE) as server:
        found = asked(server.place, "one.test", "MX")

    assert found.exists
    assert found.records == ()


def test_truncated_answer_is_fetched_over_tcp() -> None:
    with DnsServer(ZONE, faults={"one.test": "truncate"}) as server:
        found = asked(server.place, "one.test", "TXT")

    assert found.records == ("hello",)
    assert [transport for _, _, transport in server.asked] == ["udp", "tcp"]


@pytest.mark.parametrize("fault", ["silence", "servfail", "refused", "garbage", "spoof"])
def test_question_stays_open_when_the_server_fails(fault: Fault) -> None:
    with DnsServer(ZONE, faults={"*": fault}) as server:
        started = time.monotonic()
        with pytest.raises(Unanswered, match=r"127\.0\.0\.1"):
            asked(server.place, "one.test", "A", seconds=0.4)

    assert time.monotonic() - started < 6


def test_question_stays_open_when_nobody_listens() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(Unanswered):
        asked(f"127.0.0.1:{port}", "one.test", "A", seconds=0.4)


def test_question_stays_open_when_the_resolver_is_no_address() -> None:
    with pytest.raises(Unanswered, match="1:2:3 is neither address nor address:port"):
        asked("1:2:3", "one.test", "A")


def test_many_and_long_records_are_cut() -> None:
    with DnsServer(ZONE) as server:
        many, huge = asked(server.place, "many.test", "TXT"), asked(server.place, "huge.test", "TXT")

    assert len(many.records) == MAX_RECORDS
    assert len(huge.records[0]) == MAX_TEXT + len(CUT)


def test_text_is_printable_whatever_was_published() -> None:
    with DnsServer(ZONE) as server:
        found = asked(server.place, "odd.test", "TXT")

    assert found.records == ("v=spf1 \\x1b[31m\\xff\\xc3\\xa9\\x00 -all\\x0a",)


def test_question_goes_out_once() -> None:
    async def run(place: str) -> None:
        names = Names(place, seconds=3)
        await asyncio.gather(*(names.ask(name, "A") for name in ("one.test", "ONE.test", "one.test.")))

    with DnsServer(ZONE, faults={"one.test": "slow"}) as server:
        asyncio.run(run(server.place))

    assert len(server.asked) == 1


def test_silent_server_is_not_asked_for_ever() -> None:
    async def run(place: str) -> None:
        names = Names(place, seconds=0.1)
        for index in range(30):
            with pytest.raises(Unanswered):
                await names.ask(f"n{index}.test", "A")

    with DnsServer(ZONE, faults={"*": "silence"}) as server:
        asyncio.run(run(server.place))

    assert len(server.asked) < 10


def test_host_is_found_through_the_systems_search_domains(monkeypatch: pytest.MonkeyPatch) -> None:
    def configured(resolver: dns.resolver.BaseResolver, _: object) -> None:
        resolver.nameservers, resolver.port = ["127.0.0.1"], int(server.place.rpartition(":")[2])
        resolver.search = [dns.name.from_text("corp.test.")]

    async def run() -> tuple[Answer, Answer]:
        names = Names(None, seconds=3)
        return await names.ask("relay", "A", search=True), await names.ask("relay", "TXT")

    monkeypatch.setattr(dns.resolver.BaseResolver, "read_resolv_conf", configured)
    with DnsServer({"relay.corp.test": {"A": ["192.0.2.7"], "TXT": ["x"]}}) as server:
        host, other = asyncio.run(run())

    assert (host.name, host.records) == ("relay.corp.test", ("192.0.2.7",))
    assert not other.exists


def test_question_stays_open_when_the_system_names_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: dns.resolver.BaseResolver, __: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.BaseResolver, "read_resolv_conf", missing)

    with pytest.raises(Unanswered, match="this machine has no DNS server configured"):
        asked(None, "one.test", "A")


def asked(place: str | None, name: str, kind: str, *, seconds: float = 3) -> Answer:
    async def run() -> Answer:
        return await Names(place, seconds=seconds).ask(name, kind)

    return asyncio.run(run())
