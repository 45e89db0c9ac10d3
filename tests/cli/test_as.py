"""`verify --as`: what applications would come to at a relay that nobody declared."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from support.commandline import inside

from reconciler.smtp.clients.client import names


@pytest.fixture(scope="module")
def server(certificates: Pki) -> Iterator[SmtpRelay]:
    with SmtpRelay(certificate=certificates.good) as relay:
        yield relay


def route(server: SmtpRelay, certificates: Pki, *more: str) -> tuple[str, ...]:
    at = ("--host", "localhost", "--port", str(server.port), "--encryption", "starttls")
    return ("verify", *at, "--ca-file", certificates.ca_file, *more)


def test_each_client_that_is_asked_about_has_a_line(server: SmtpRelay, certificates: Pki) -> None:
    result = inside(*route(server, certificates, "--as", "rails", "--as", "grafana"))
    assert result.code == 0, result.err
    assert "What applications would come to there" in result.out
    assert [line.split()[0] for line in result.out.splitlines() if line.endswith("not proven)")] == ["rails", "grafana"]


def test_all_prints_every_client_and_counts_none(server: SmtpRelay, certificates: Pki) -> None:
    result = inside(*route(server, certificates, "--as", "all", "--format", "json"))
    handshake = json.loads(result.out)["handshakes"][0]
    assert (result.code, handshake["status"]) == (0, "pass")
    assert [one["client"] for one in handshake["predicted"]] == list(names())


def test_markdown_answers_too(server: SmtpRelay, certificates: Pki) -> None:
    result = inside(*route(server, certificates, "--as", "all", "--format", "markdown"))
    rows = [line for line in result.out.splitlines() if line.startswith("| ")]
    assert "| application | what it would come to there (predicted) | advice |" in rows
    assert [name for name in names() if not any(row.startswith(f"| `{name}` | **") for row in rows)] == []
    assert "| `rails` | **sends**, AUTH PLAIN (offered, not proven) |  |" in rows


def test_an_unknown_client_gets_the_list() -> None:
    result = inside("verify", "--host", "localhost", "--as", "rail")
    assert result.code == 64
    assert "'rail' is not one of all, alertmanager, angus" in result.err
    assert "fix: --as rails" in result.err
    assert "fix: e.g. --as rails" in inside("verify", "--host", "localhost", "--as", "zzz").err


def test_declared_relays_have_the_clients_of_their_resources(server: SmtpRelay) -> None:
    result = inside("verify", "--as", "rails")
    assert (result.code, "--as works with --host only" in result.err) == (64, True)
