"""What cases cannot show: hosts, and the effective settings of valid ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.handshake import Policy
from reconciler.model.settings import Origin
from reconciler.model.source import Position
from reconciler.pipeline import declaration
from reconciler.pipeline.policy import hosts
from reconciler.pipeline.resolve.flatten import Effective, spread, tree

CASES = Path(__file__).parents[2] / "cases"


@pytest.mark.parametrize(
    ("host", "matches"),
    [
        ("smtp.example.com", True),
        ("SMTP.Example.COM.", True),
        ("example.com", False),
        ("smtp.example.com.evil.example", False),
        ("smtp.office365.com", True),
    ],
)
def test_a_glob_matches_whole_host_names(host: str, matches: bool) -> None:
    assert hosts.matches(host, ("*.Example.com", "smtp.office365.com")) is matches


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("localhost.evil.example", False), ("10.0.0.1", False)],
)
def test_plain_text_is_allowed_on_this_machine_alone(host: str, allowed: bool) -> None:
    assert hosts.plaintext_allowed(host, Policy()) is allowed


def settings(case: str, address: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.chdir(CASES / "valid" / case)
    judged = declaration.judged(Path(), base=Path("/base"), today="2026-11-20")
    assert judged.landscape
    (found,) = [one for one in judged.landscape.desired if str(one.address) == address]
    return dict(found.handshake)


def test_a_resource_inherits_from_relay_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings("policy-inherits-environment-relay-resource", "dev/openspp:mail_servers[main]", monkeypatch)
    expected = {"host": "smtp.example.com", "port": 2525, "sender.address": "b@example.com", "sender.name": "A"}
    assert {field: found[field] for field in expected} == expected
    assert (found["verify.level"], found["verify.recipient"]) == ("auth", "p@example.com")


def test_mappings_merge_and_lists_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings("policy-merges-mappings-and-replaces-lists", "dev/shop:settings", monkeypatch)
    assert found["pins"] == ("b" * 64,)
    assert [found[f"oauth2.{field}"] for field in ("tenant_id", "client_id", "scope")] == ["t", "shop", "mail"]


def test_null_clears_over_a_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings("policy-null-over-a-relay", "dev/openspp:mail_servers[internal]", monkeypatch)
    assert [found[field] for field in ("username", "password", "ca_file", "port")] == [None, None, None, 587]


def test_null_for_a_mapping_clears_all_that_a_relay_brings_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings("policy-null-over-oauth2-of-a-relay", "dev/openspp:mail_servers[main]", monkeypatch)
    assert {value for field, value in found.items() if field.startswith("oauth2")} == {None}


def test_null_for_a_mapping_clears_what_the_platform_can_say_below_it() -> None:
    null = Effective(value=None, origin=Origin(position=Position(file="f", line=1, column=1), through="here"))
    assert spread({"sender": null}, ["host", "sender.address", "sender.name"]) == {
        "sender.address": null,
        "sender.name": null,
    }


def test_a_path_of_a_connection_has_no_steps_back() -> None:
    assert tree({"ca_file": "../lab/./ca.pem"}, "/srv/mail") == {"ca_file": "/srv/lab/ca.pem"}


def test_paths_of_a_connection_are_absolute_also_inside_client_certificate() -> None:
    raw = {"client_certificate": {"certificate": "certs/me.pem", "key": "me.key"}, "keys": {"host": {"key": "H"}}}
    assert tree(raw, "/base") == {
        "client_certificate": {"certificate": "/base/certs/me.pem", "key": "/base/me.key"},
        "keys": {"host": {"key": "H"}},
    }


def test_the_way_to_a_token_server_reaches_the_relay_with_an_absolute_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / "valid" / "oauth2-way-to-the-token-server")
    judged = declaration.judged(Path(), base=Path("/base"), today="2026-11-20")
    assert judged.landscape
    (declared,) = judged.landscape.relays
    assert declared.relay
    assert declared.relay.oauth2
    way = (declared.relay.oauth2.ca_file, declared.relay.oauth2.proxy)
    assert way == ("/base/certs/corp-ca.pem", "http://proxy.example.com:3128")
