"""Several targets at once: what they share becomes a relay, and the plan afterwards shows no change but secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from lab.servers import fake
from support.commandline import inside
from support.site import Site

from reconciler.errors import PlatformUnreachable
from reconciler.model.change import Action
from reconciler.pipeline.review import pull_request

LOGIN = {"host": "smtp.example.com", "port": 587, "encryption": "starttls", "auth": "basic", "username": "it"}
ALONE = {"host": "bulk.example.com", "port": 25, "encryption": "none", "auth": "none"}


@pytest.fixture(autouse=True)
def not_a_pull_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_request, "_not_trusted", lambda: None)


@pytest.fixture
def found(fake_site: Site, world: fake.World) -> Site:
    """Two targets in dev with one relay between them, one in prod with the same."""
    for stage, order in (("dev", 10), ("prod", 30)):
        fake_site.stage(stage, order)
    for unit in ("dev/crm", "dev/shop", "prod/crm"):
        fake_site.target(unit, "")
        world.of(unit.replace("/", "-")).put("mail_servers[main]", mark=False, **LOGIN)
    world.of("dev-shop").put("mail_servers[bulk]", mark=False, **ALONE)
    return fake_site


def content(site: Site, path: str) -> Any:
    return yaml.safe_load((site.root / path).read_text("utf-8"))


def test_what_two_targets_share_becomes_a_relay_of_their_environment(found: Site) -> None:
    told = inside("adopt", "--all", "--write")
    assert told.code == 0, told.text
    relay = {**LOGIN, "password": {"env": "DEV_SMTP_PASSWORD", "version": 1}}
    assert content(found, "dev/environment.yaml")["relays"] == {"smtp": relay}
    assert content(found, "dev/crm.yaml")["mail_servers"]["main"] == {"relay": "smtp"}
    assert content(found, "dev/shop.yaml")["mail_servers"]["main"] == {"relay": "smtp"}
    assert content(found, "dev/shop.yaml")["mail_servers"]["bulk"]["host"] == "bulk.example.com"


def test_one_target_alone_keeps_its_settings(found: Site) -> None:
    inside("adopt", "--all", "--write")
    assert "relays" not in content(found, "prod/environment.yaml")
    assert content(found, "prod/crm.yaml")["mail_servers"]["main"]["host"] == "smtp.example.com"


def test_a_plan_after_it_changes_nothing_but_secrets(found: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_SMTP_PASSWORD", "s3cr3t-canary")
    monkeypatch.setenv("PROD_CRM_MAIN_PASSWORD", "s3cr3t-canary")
    assert inside("adopt", "--all", "--write").code == 0
    plan = found.plan()
    assert {change.action for change in plan.changes} <= {Action.ADOPT, Action.UPDATE, Action.NONE}
    assert {field.field for change in plan.changes for field in change.fields} <= {"password"}
    again = inside("adopt", "--all")
    assert again.out == ""


def test_a_pattern_takes_one_environment_and_prints_each_file(found: Site) -> None:
    before = {file: file.read_bytes() for file in found.root.rglob("*.yaml")}
    told = inside("adopt", "dev/*")
    assert [line for line in told.out.splitlines() if line.startswith("# ---")] == [
        "# --- dev/environment.yaml",
        "# --- dev/crm.yaml",
        "# --- dev/shop.yaml",
    ]
    assert "shared by dev/crm:mail_servers[main], dev/shop:mail_servers[main]" in told.out
    assert "relay dev/smtp  password: {env: DEV_SMTP_PASSWORD, version: 1}" in told.err
    assert {file: file.read_bytes() for file in found.root.rglob("*.yaml")} == before


def test_as_json_relays_and_targets_stand_apart(found: Site) -> None:
    told = inside("adopt", "dev/*", "--format", "json").json
    assert (told["complete"], told["findings"]) == (True, [])
    assert [one["address"] for one in told["relays"]] == ["dev:relays[smtp]"]
    assert [one["target"] for one in told["targets"]] == ["dev/crm", "dev/shop"]


def test_a_target_that_is_away_keeps_no_other_from_being_adopted(found: Site, world: fake.World) -> None:
    def away() -> None:
        raise PlatformUnreachable("dev-crm does not answer", fix="look at it")

    world.of("dev-crm").on_read = away
    quiet = inside("adopt", "--all", "--quiet")  # with an exit code of 1 somebody has to say why
    assert (quiet.code, "dev-crm does not answer" in quiet.err, "look at it" in quiet.err) == (1, True, True)
    assert "# --- dev/shop.yaml" in quiet.out
    told = inside("adopt", "--all", "--write")
    assert told.code == 1
    assert "Not adopted: dev/crm: dev-crm does not answer" in told.out
    assert content(found, "dev/shop.yaml")["mail_servers"]["main"]["host"] == "smtp.example.com"
    assert "mail_servers" not in (found.root / "dev/crm.yaml").read_text("utf-8")


def test_a_relay_that_the_policy_forbids_is_not_proposed(found: Site) -> None:
    found.write("reconciler.yaml", "version: 1\npolicy: {relay_hosts: ['*.internal']}\n")
    told = inside("adopt", "dev/*")
    assert "# --- dev/environment.yaml" not in told.out
    assert told.code == 1
    assert "smtp.example.com" in told.err


def test_a_relay_that_is_declared_is_used_and_not_proposed_again(found: Site) -> None:
    own = {**LOGIN, "password": {"env": "PW", "version": 1}}
    found.stage("dev", 10, f"relays: {{own: {json.dumps(own)}}}")
    told = inside("adopt", "dev/*")
    assert "environment.yaml" not in told.out
    assert told.out.count("relay: own") == 2


@pytest.mark.parametrize("words", [[], ["dev/crm", "--all"]])
def test_targets_or_all_of_them(found: Site, words: list[str]) -> None:
    assert inside("adopt", *words).code == 64


def test_a_pattern_without_a_target_says_so(found: Site) -> None:
    told = inside("adopt", "stage/*")
    assert (told.code, told.err.splitlines()[0]) == (64, "error: stage/*: nothing is selected")
