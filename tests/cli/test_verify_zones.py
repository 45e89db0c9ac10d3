"""`verify` of relays in zones: an engine stands in for all zones, and answers as they and we would."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.commandline import inside

from reconciler.engine import choose
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Policy, Relay, Status

FILES = """\
version: 1
engine:
  type: celery
  broker: amqps://coordinator@rabbit.example.com/reconciler
  signing_key: {env: SIGNING_KEY}
  zones: {dmz: {key: keys/dmz.pub}}
"""
RELAYS = """\
order: 10
relays:
  inner: {host: relay.dmz.example.com, port: 587, encryption: starttls, auth: none, zone: dmz}
  ours: {host: smtp.example.com, port: 587, encryption: starttls, auth: none}
"""


class Zoned:
    """Finds every relay where it is asked from its zone, and no way to those of zones from here."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, str | None]] = []

    def prove(self, relays: Sequence[Relay], policy: Policy, **_: object) -> Mapping[Relay, Handshake]:
        self.asked += [(relay.name, relay.zone) for relay in relays]
        return {relay: self._found(relay) for relay in relays}

    def _found(self, relay: Relay) -> Handshake:
        there = relay.zone is not None or "dmz" not in relay.host
        refused = CheckResult(
            id="SMTP100", status=CheckStatus.FAIL, reason="no connection", evidence="192.0.2.1: No route to host"
        )
        return Handshake(
            relay=relay.name,
            host=relay.host,
            port=relay.port,
            level=relay.level,
            status=Status.PASS if there else Status.FAIL,
            steps=(),
            checks=() if there else (refused,),
            summary="starttls, TLSv1.3" if there else "",
        )


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Zoned:
    folder, made = tmp_path / "environments", Zoned()
    (folder / "prod").mkdir(parents=True)
    (folder / "reconciler.yaml").write_text(FILES)
    (folder / "prod/environment.yaml").write_text(RELAYS)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/dmz.pub").write_bytes(
        Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )

    @contextmanager
    def chosen(*_: object, writes: bool) -> Iterator[Zoned]:
        assert writes, "workers let nobody log in whose key may only read"
        yield made

    monkeypatch.setattr(choose, "engine", chosen)
    monkeypatch.chdir(tmp_path)
    return made


def test_a_relay_in_a_zone_has_both_verdicts_and_its_zones_counts(engine: Zoned) -> None:
    ended = inside("verify")
    assert [re.split(" {2,}", line)[4] for line in ended.out.splitlines()[:2]] == [
        "from dmz: starttls, TLSv1.3; from here: no route to host",
        "starttls, TLSv1.3",
    ]
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "2 relays: 2 ok.")
    assert engine.asked == [("prod/inner", "dmz"), ("prod/ours", None), ("prod/inner (from here)", None)]


def test_json_has_both(engine: Zoned) -> None:
    inner, ours = inside("verify", "--format", "json").json["handshakes"]
    assert (inner["zone"], inner["from_here"]) == ("dmz", {"status": "fail", "summary": "no route to host"})
    assert "zone" not in ours


def test_not_from_here_asks_zones_only(engine: Zoned) -> None:
    ended = inside("verify", "--not-from-here")
    assert engine.asked == [("prod/inner", "dmz"), ("prod/ours", None)]
    assert "from dmz: starttls, TLSv1.3  " in ended.out.replace("\n", "  ")


def test_whoever_gives_a_way_starts_here(engine: Zoned) -> None:
    ended = inside("verify", "--via", "socks5://127.0.0.1:9", "--select", "prod/inner")
    assert (ended.code, engine.asked) == (4, [])
    assert "127.0.0.1:9" in ended.out


def test_no_worker_is_sent_anywhere_by_files_that_nobody_has_reviewed(engine: Zoned) -> None:
    for command in (("init", "-qb", "main"), ("add", "."), ("commit", "-qm", "x")):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *command], check=True)
    ended = inside("verify", "--base", "main", "--select", "prod/inner")
    assert (ended.code, engine.asked) == (0, [])
    assert "Not verified with --base, but after the merge: prod/inner (zone dmz).\n" in ended.err
