"""`plan`, `ci` and `explain` with what the last `verify` saw: what mail clients would come to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from support.commandline import inside

Declare = Callable[[str], None]


@pytest.fixture(scope="module")
def server(certificates: Pki) -> Iterator[SmtpRelay]:
    with SmtpRelay(certificate=certificates.good) as relay:
        yield relay


@pytest.fixture
def landscape(server: SmtpRelay, certificates: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Rails application that sends through one relay, without a login of its own."""
    folder = tmp_path / "environments"
    (folder / "dev").mkdir(parents=True)
    (folder / "reconciler.yaml").write_text("version: 1\n")
    (folder / "dev/environment.yaml").write_text(
        "order: 10\n"
        f"relays: {{inside: {{host: localhost, port: {server.port}, encryption: starttls, auth: none, "
        f"ca_file: {certificates.ca_file}}}}}\n"
        "sender: {address: no-reply@example.com}\nverify: {level: tls}\n"
    )
    (folder / "dev/shop.yaml").write_text(
        "platform: file\nconnection: {path: smtp.yml, preset: rails}\nsettings: {relay: inside}\n"
    )
    (tmp_path / "smtp.yml").write_text("production:\n  address: old.example.com\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(file: Path, **outcome: Any) -> None:
    """As if the relay had let the client come to something else."""
    document = json.loads(file.read_text())
    document["handshakes"][0]["predicted"][0] |= outcome
    file.write_text(json.dumps(document))


def test_the_next_plan_has_what_verify_saw_as_a_risk(landscape: Path) -> None:
    seen = landscape / "verified.json"
    assert inside("verify", "--format", "json", "--out", str(seen)).code == 0
    assert "mail-client" not in inside("plan", "--verified", str(seen)).out
    changed(seen, outcome=["fails"], reason="Rails fails here", words="Net::ReadTimeout", advice="wait")
    told = inside("plan", "--verified", str(seen)).out
    assert "! mail-client: rails fails: Rails fails here" in told
    comment = inside("plan", "--verified", str(seen), "--format", "markdown").out
    assert "rails fails: Rails fails here" in comment
    explained = inside("explain", "dev/shop", "--verified", str(seen)).out
    assert "sends with rails" in explained
    assert ": fails: Rails fails here" in explained


def test_a_relay_that_is_declared_otherwise_now_was_not_verified(landscape: Path) -> None:
    seen = landscape / "verified.json"
    inside("verify", "--format", "json", "--out", str(seen))
    changed(seen, outcome=["fails"])
    file = landscape / "environments/dev/environment.yaml"
    file.write_text(file.read_text().replace("host: localhost", "host: other.example.com"))
    assert "mail-client" not in inside("plan", "--verified", str(seen)).out


@pytest.mark.parametrize("content", [None, "", "[]", '{"handshakes": [{}]}'])
def test_a_file_that_verify_did_not_write_is_told(landscape: Path, content: str | None) -> None:
    seen = landscape / "verified.json"
    if content is not None:
        seen.write_text(content)
    result = inside("plan", "--verified", str(seen))
    assert result.code == 64
    assert "fix: reconciler verify --format json --out" in result.err
