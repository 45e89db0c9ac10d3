"""A warning that somebody lives with: listed and counted apart, until its day is over."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.commandline import inside
from support.site import Site

TARGET = """\
platform: file
accept: {RULE: {reason: "moved in spring, MAIL-1", until: UNTIL}}
connection: {path: .env, format: dotenv, keys: {host: H, port: P, encryption: E, auth: null}}
settings: {host: smtp.example.com, port: 587, encryption: starttls, auth: none}
"""
REASON = "accepted until 2999-01-31: moved in spring, MAIL-1"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)
    site = Site(folder=tmp_path)
    site.stage("dev", text="verify: {from: nowhere}\n")
    (tmp_path / ".env").write_text("H=old\n")
    (tmp_path / "other").hardlink_to(tmp_path / ".env")
    return site


def target(site: Site, rule: str = "hard-links", until: str = "2999-01-31") -> None:
    site.write("dev/shop.yaml", TARGET.replace("RULE", rule).replace("UNTIL", until))


def test_an_accepted_warning_is_listed_and_counted_apart(site: Site) -> None:
    target(site)
    said = inside("plan").out
    assert f"  hard-links: {site.folder}/.env has 2 names (hard links): the others keep the old file ({REASON})" in said
    assert "! hard-links" not in said
    assert "1 warning accepted." in said
    (change,) = inside("plan", "--format", "json").json["changes"]
    told = next(one for one in change["findings"] if one["rule"] == "hard-links")
    assert told["accepted"] == {"reason": "moved in spring, MAIL-1", "until": "2999-01-31"}
    assert "warning (accepted until 2999-01-31): `hard-links`" in inside("plan", "--format", "markdown").out


def test_a_saved_plan_keeps_it(site: Site) -> None:
    target(site)
    assert inside("plan", "--out", "plan.json").code == 0
    assert REASON in inside("show", "plan.json").out


def test_it_expires(site: Site) -> None:
    target(site, until="2026-01-31")
    assert "! hard-links: " in inside("plan").out
    said = inside("validate").out + inside("validate").err
    assert "accept.hard-links: ended on 2026-01-31, so hard-links is a warning again" in said


def test_another_rule_is_not_meant(site: Site) -> None:
    target(site, rule="mounted-alone")
    assert "! hard-links: " in inside("plan").out


def test_one_that_no_warning_needs_is_told_with_its_place(site: Site) -> None:
    target(site, rule="hard-link")
    said = inside("plan").out
    assert "environments/dev/shop.yaml:2" in said
    assert "accept.hard-link: there is no such warning about dev/shop now" in said
    target(site, rule="hard-links")
    assert "no such warning" not in inside("plan").out
    (site.folder / ".env").write_text("H=smtp.example.com\nP=587\nE=starttls\n")
    assert "no such warning" not in inside("plan").out  # it is in sync, and the next write would warn


def test_one_that_has_ended_or_whose_target_cannot_be_read_is_not_told_as_unused(site: Site) -> None:
    target(site, rule="mounted-alone", until="2026-01-31")
    assert "no such warning" not in inside("plan").out
    target(site, rule="mounted-alone")
    (site.folder / ".env").unlink()
    (site.folder / ".env").mkdir()
    assert "no such warning" not in inside("plan").out


def test_a_warning_of_the_files_is_accepted_too(site: Site) -> None:
    target(site, rule="secret-readable-by-others")
    site.write(
        "dev/shop.yaml",
        TARGET.replace("RULE", "secret-readable-by-others")
        .replace("UNTIL", "2999-01-31")
        .replace("auth: null}", 'auth: null, password: PW}, mode: "0644"'),
    )
    said = inside("validate")
    told = said.out + said.err
    assert "warning, accepted until 2999-01-31: moved in spring, MAIL-1: mode 0644 lets every user" in told
    assert "1 accepted warning in 1 of" in told
    assert (
        "warning, accepted until 2999-01-31: moved in spring, MAIL-1: " in inside("validate", "--format", "junit").out
    )


def test_only_warnings_can_be_accepted(site: Site) -> None:
    target(site, rule="unverified")
    assert "! unverified: " in inside("plan").out
    assert inside("apply", "--auto-approve").code == 3
