"""`plan --prove` and `drift --prove`: handshakes beside what differs, with the relays that it is about."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed


def test_a_plan_shows_the_handshakes_of_what_it_would_write(shop: Any) -> None:
    told = shop.run("plan", "--prove", "--format", "json", role="apply")
    assert told.code == 0
    (proof,) = told.json["handshakes"]
    assert (proof["relay"], proof["status"], proof["used_by"]) == ("dev/submission", "pass", ["dev/shop:settings"])
    shown = shop.run("plan", "--prove", role="apply").out
    assert shown.index("\nhandshakes\n  ok  dev/submission  ") < shown.index("\nPlan: 1 ")
    assert "\n| `dev/submission` | " in shop.run("plan", "--prove", "--format", "markdown", role="apply").out


def test_where_nothing_is_to_be_written_no_relay_is_asked(shop: Any) -> None:
    assert shop.run("apply", "--auto-approve").code == 0
    asked = shop.relay.connections
    assert shop.run("plan", "--prove", "--format", "json", role="apply").json["handshakes"] == []
    assert shop.relay.connections == asked
    metrics = shop.run("drift", "--prove", "--format", "prometheus", role="apply")
    found = {one.name: one.samples for one in parsed(metrics.out)}
    assert metrics.code == 0
    assert [one.value for one in found["reconciler_target_drifted"]] == [0]
    (ends,) = found["reconciler_target_certificate_expiry_seconds"]
    assert (ends.labels["target"], ends.value > 1_700_000_000) == ("dev/shop", True)


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_a_login_that_is_refused_has_the_exit_code_of_a_check(shop: Any, command: str) -> None:
    shop.vault.put(shop.mail_path(), password="wrong-one")
    told = shop.run(command, "--prove", "--format", "json", role="apply")
    assert (told.code, told.json["handshakes"][0]["status"]) == (4, "fail")
    if command == "drift":
        metrics = shop.run("drift", "--prove", "--format", "prometheus", role="apply")
        (up,) = next(one.samples for one in parsed(metrics.out) if one.name == "reconciler_smtp_up")
        assert (metrics.code, up.labels["relay"], up.value) == (4, "dev/submission", 0)


def test_a_role_that_may_not_open_the_password_leaves_it_open_whether_the_relay_takes_it(shop: Any) -> None:
    told = shop.run("plan", "--prove", "--format", "json", role="plan")
    assert (told.code, told.json["handshakes"][0]["status"]) == (1, "inconclusive")


def test_a_job_of_main_shows_them_and_one_of_a_pull_request_asks_no_relay(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}.items():
        monkeypatch.setenv(name, value)
    told = shop.run("ci", "--prove", "--format", "json", role="apply")
    assert (told.code, [one["status"] for one in told.json["handshakes"]]) == (0, ["pass"])
    assert "| `dev/submission` | " in (shop.folder / "reconciler-ci/plan.md").read_text("utf-8")
    asked = shop.relay.connections
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    assert shop.run("ci", "--prove", role="apply").code != 0  # without a base there is no plan either
    assert shop.relay.connections == asked


def test_metrics_are_written_whole_and_people_still_see_what_differs(shop: Any) -> None:
    told = shop.run("drift", "--format", "prometheus", "--out", "drift.prom")
    assert (told.code, "resource drifted" in told.out) == (2, True)
    assert {one.name for one in parsed((shop.folder / "drift.prom").read_text("utf-8"))} >= {"reconciler_target_unread"}
    assert shop.run("drift", "--format", "prometheus", "--out", "nowhere/drift.prom").code == 64


def test_files_that_nobody_has_reviewed_get_no_password_opened(shop: Any) -> None:
    told = shop.run("plan", "--prove", "--base", "refs/remotes/origin/main")
    assert (told.code, "--prove is for reviewed files" in told.err) == (64, True)


def test_verify_as_markdown_links_into_the_commit(shop: Any) -> None:
    told = shop.run("verify", "--format", "markdown", "--fit", "bitbucket")
    assert told.code == 0
    assert "**1 relay: 1 ok.**" in told.out
