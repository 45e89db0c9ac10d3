"""Every address of a name is asked, one login in all, and the one that differs is named (SMTP105)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from lab.servers.smtp.faults import Expect, FaultServer, Script, Send
from lab.servers.smtp.zoo import LOGGED_IN, OFFERED, SECURED
from support.certificates import LEAF, Shape, changed

from reconciler.model.handshake import CheckResult, Handshake
from reconciler.smtp.session import nodes

Shake = Callable[..., Handshake]
NAME = "relay.test"
GOOD = Shape(leaf=changed(LEAF, names=(x509.DNSName(NAME),)))
TURNED_AWAY: Script = (Send("554 5.7.1 no"),)
NO_LOGIN: Script = (*SECURED, Send("250-relay.lab", "250 SIZE 10"))


@contextmanager
def relays(folder: Path, *scripts: Script, shapes: tuple[Shape, ...] = ()) -> Iterator[list[FaultServer]]:
    """One server for each script, at 127.0.0.1, 127.0.0.2 and so on, all on one port."""
    with ExitStack() as stack:
        servers: list[FaultServer] = []
        for at, script in enumerate(scripts):
            place = folder / str(at)
            place.mkdir()
            _, context = (shapes[at] if shapes else GOOD).files(place)
            port = servers[0].port if servers else 0
            server = FaultServer(script, certificate=context, address=(f"127.0.0.{at + 1}", port))
            servers.append(stack.enter_context(server))
        yield servers


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Gives NAME so many addresses."""

    def resolve(count: int) -> None:
        found = [(0, 0, 0, "", (f"127.0.0.{at + 1}", 0)) for at in range(count)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    return resolve


def ca(folder: Path) -> str:
    return str(folder / "0" / "ca.pem")


def told(found: Handshake) -> CheckResult:
    return next(one for one in found.checks if one.id == nodes.CHECK)


def test_addresses_that_answer_alike_pass_with_one_login(
    calm: Shake, tmp_path: Path, named: Callable[[int], None]
) -> None:
    named(3)
    with relays(tmp_path, LOGGED_IN, LOGGED_IN, LOGGED_IN) as servers:
        found = calm(servers[0].port, host=NAME, ca_file=ca(tmp_path))
    assert (told(found).status, told(found).reason) == ("pass", "all 3 addresses answer alike")
    assert [server.connections for server in servers] == [1, 1, 1]
    assert [server.auth_attempts for server in servers] == [1, 0, 0]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (TURNED_AWAY, "SMTP102 the server turns us away (554)"),
        ((*OFFERED[:2], Send("250 relay.lab")), "SMTP200 STARTTLS is not offered"),
        (NO_LOGIN, "no login offered"),
    ],
    ids=["turned away", "no TLS", "no login"],
)
def test_the_odd_one_is_named(
    calm: Shake, tmp_path: Path, named: Callable[[int], None], script: Script, why: str
) -> None:
    named(3)
    with relays(tmp_path, LOGGED_IN, script, LOGGED_IN) as servers:
        found = calm(servers[0].port, host=NAME, ca_file=ca(tmp_path))
    assert (found.status, told(found).status) == ("warn", "warn")
    assert told(found).reason == "1 of 3 addresses differ: 127.0.0.2"
    assert f"127.0.0.2: {why}" in str(told(found).evidence)


def test_a_certificate_of_one_node_that_is_not_trusted_is_named(
    calm: Shake, tmp_path: Path, named: Callable[[int], None]
) -> None:
    named(2)
    other = changed(LEAF, names=(x509.DNSName("elsewhere.test"),))
    with relays(tmp_path, LOGGED_IN, SECURED, shapes=(GOOD, Shape(leaf=other))) as servers:
        found = calm(servers[0].port, host=NAME, ca_file=ca(tmp_path))
    assert told(found).reason == "1 of 2 addresses differ: 127.0.0.2"
    assert "SMTP205" in str(told(found).evidence)


def test_one_that_is_not_reached_from_here_is_no_fault(
    calm: Shake, tmp_path: Path, named: Callable[[int], None]
) -> None:
    named(2)
    with relays(tmp_path, LOGGED_IN) as servers:
        found = calm(servers[0].port, host=NAME, ca_file=ca(tmp_path))
    assert (found.status, told(found).status) == ("pass", "info")
    assert told(found).reason == "1 of 2 addresses answer alike; the other is not reached from here"


def test_no_more_than_eight_are_asked(calm: Shake, tmp_path: Path, named: Callable[[int], None]) -> None:
    named(10)
    with relays(tmp_path, *([LOGGED_IN] * 10)) as servers:
        found = calm(servers[0].port, host=NAME, ca_file=ca(tmp_path))
    assert told(found).reason == "all 8 addresses answer alike; 2 more were not asked"
    assert sum(server.connections for server in servers) == nodes.MOST


def test_a_name_with_one_address_is_asked_once(calm: Shake, tmp_path: Path, named: Callable[[int], None]) -> None:
    named(1)
    with relays(tmp_path, LOGGED_IN) as servers:
        found = calm(servers[0].port, host=NAME, ca_file=ca(tmp_path))
    assert nodes.CHECK not in {one.id for one in found.checks}
    assert servers[0].connections == 1


def test_the_script_of_the_odd_one_is_as_said() -> None:
    assert NO_LOGIN[-1] == Send("250-relay.lab", "250 SIZE 10")
    assert isinstance(NO_LOGIN[-2], Expect)
