"""What is wrong with a server, or seems so, is named as it is: each as the server itself does it."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from lab.servers.mta import until

from tests.servers import fail2ban, smtp_server
from tests.servers.cases import CASES, listening, told
from tests.servers.proven import UNWELL, shaken
from tests.servers.running import HOST, Listener, Missing, Place, Server, placed


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with placed() as where:
        yield where


@pytest.fixture(scope="module")
def mta(place: Place) -> Iterator[tuple[Mapping[str, int], Server]]:
    try:
        with listening(place) as found:
            yield found
    except Missing as missing:
        pytest.skip(f"no Postfix behind HAProxy: {missing}")


@pytest.mark.parametrize("name", CASES)
def test_it_is_named(mta: tuple[Mapping[str, int], Server], place: Place, name: str) -> None:
    case = CASES[name]
    found = told(case, mta[0][name], place)
    unwell = [one for one in found.checks if one.status in UNWELL]
    assert {one.id: str(one.status) for one in unwell} == case.found
    assert case.says in " ".join(f"{one.reason} {one.advice}" for one in unwell)


def test_the_address_that_differs_is_named(
    mta: tuple[Mapping[str, int], Server], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two Postfix under one name, of which the second refuses this machine."""
    monkeypatch.setattr(socket, "getaddrinfo", _both)
    found = shaken(Listener(name="both", port=mta[0]["a wrong password"]), place, host=HOST)
    (told,) = [one for one in found.checks if one.status in UNWELL]
    assert (told.id, str(told.status)) == ("SMTP105", "warn")
    assert "127.0.0.2" in f"{told.reason} {told.evidence}"


def _both(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.1", "127.0.0.2")]


def test_a_refused_login_is_what_fail2ban_counts(
    mta: tuple[Mapping[str, int], Server], place: Place, tmp_path: Path
) -> None:
    """So that its silence about healthy servers means something."""
    ports, server = mta
    told(CASES["a wrong password"], ports["a wrong password"], place)
    lines = [line for line in server.log().splitlines() if "SASL PLAIN authentication failed" in line]
    (tmp_path / "log").write_text(f"{lines[-1]}\n")
    try:
        assert fail2ban.matched(tmp_path / "log", ["postfix"]) == {"postfix": 1}
    except Missing as missing:
        pytest.skip(f"no fail2ban: {missing}")


def test_nothing_that_gets_a_client_banned_is_sent_to_a_server_that_is_slow(
    mta: tuple[Mapping[str, int], Server], place: Place, tmp_path: Path
) -> None:
    """No TLS into a port of STARTTLS: Postfix calls that improper pipelining, and filters match it."""
    ports, server = mta
    server.begin()
    told(CASES["a slow greeting"], ports["a slow greeting"], place)
    until(lambda: "disconnect" in server.log(), 15, server.log)
    (tmp_path / "log").write_text(server.log())
    assert "improper" not in server.log()
    try:
        assert fail2ban.matched(tmp_path / "log", ["postfix"], mode="more") == {"postfix": 0}
    except Missing as missing:
        pytest.skip(f"no fail2ban: {missing}")


def test_a_login_offered_before_tls_is_a_warning() -> None:
    with placed() as where:
        try:
            with smtp_server.running(where) as server:
                (listener,) = server.unwell
                found = shaken(listener, where)
        except Missing as missing:
            pytest.skip(f"no {smtp_server.NAME}: {missing}")
    assert [(one.id, str(one.status)) for one in found.checks if one.status in UNWELL] == [("SMTP212", "warn")]
