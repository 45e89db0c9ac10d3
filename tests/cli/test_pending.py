"""What was saved and only a person brings into use: later stages go on, and every run tells it until it is attested."""

from __future__ import annotations

import json

import pytest
from lab.servers import fake
from support.site import Site

from reconciler.cli.main import run
from reconciler.cli.shell import context

ADDRESS = "dev/crm:farm"
FARM = "farm: {host: %s, port: 25, encryption: none, auth: none, verify: {from: nowhere}}\n"
PRESS = "press Apply in the console"


@pytest.fixture(autouse=True)
def crm(fake_site: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch) -> fake.Installation:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("USER", "anna")
    fake_site.stage("dev", order=10)
    fake_site.stage("prod", order=20)
    fake_site.target("dev/crm", FARM % "a.example.com", "crm")
    fake_site.target("prod/crm", FARM % "a.example.com", "live")
    there = world.of("crm")
    there.waits, there.by_hand = frozenset({"host"}), PRESS
    return there


def apply() -> int:
    return run(["apply", "--auto-approve", "--allow", "unverified"])


def test_later_stages_go_on_and_apply_says_what_is_left_to_do(
    world: fake.World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply() == 0
    said = capsys.readouterr().out
    assert "WAIT  farm  pending by hand host, port, encryption, auth" in said
    assert f"to do: {PRESS}, then: reconciler attest {ADDRESS}" in said
    assert "not proven that mail can be sent this way" in said
    assert said.splitlines()[-1].startswith("Applied 1, pending by hand 1, failed 0, not attempted 0")
    assert world.of("live").written == ["prod/crm:farm"]


def test_plan_and_drift_tell_it_with_its_age(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(context, "now", lambda: "2026-11-26T22:00:00+00:00")
    apply()
    monkeypatch.setattr(context, "now", lambda: "2026-11-29T01:00:00+00:00")
    capsys.readouterr()
    assert [run(["plan", "--detailed-exitcode"]), run(["drift"]), apply()] == [0, 0, 0]
    said = capsys.readouterr().out
    assert said.count("pending: saved, and not in use yet, for 3 days: host") == 3
    assert said.count(f"fix: {PRESS}, then: reconciler attest {ADDRESS}") == 3


def test_what_else_is_written_leaves_it_pending(fake_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    apply()
    fake_site.target("dev/crm", FARM.replace("port: 25", "port: 2525") % "a.example.com", "crm")
    apply()
    capsys.readouterr()
    run(["drift"])
    assert "not in use yet: host\n" in capsys.readouterr().out


def test_a_platform_that_tells_is_believed(crm: fake.Installation, capsys: pytest.CaptureFixture[str]) -> None:
    apply()
    crm.tells = True
    capsys.readouterr()
    run(["drift"])
    assert "pending" not in capsys.readouterr().out


def test_attest_ends_it(fake_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    apply()
    capsys.readouterr()
    assert run(["attest", ADDRESS, "--format", "json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["attested"]
    assert (entry["address"], entry["by"]) == (ADDRESS, "anna")
    assert run(["plan"]) == 0
    said = capsys.readouterr().out
    assert "pending" not in said
    assert "No changes" in said


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [([ADDRESS, "--test", "passed"], 64, "leave out --test"), (["prod/crm:farm"], 3, "nothing of it is pending")],
)
def test_only_what_is_pending_can_be_attested(
    words: list[str], code: int, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    apply()
    assert run(["attest", *words]) == code
    assert why in capsys.readouterr().err
