"""The reusable workflows, step by step: what was merged is planned and applied, and the night finds what moved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.servers.issue_host import IssueHost
from lab.servers.review_host import TOKEN, Shown
from lab.servers.webhook_host import WebhookHost
from support.github_job import Runner

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def host() -> Iterator[IssueHost]:
    with IssueHost() as started:
        yield started


def runner(shop: Any, host: IssueHost, event: str, role: str, **known: str) -> Runner:
    named = {name: str(shop.folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    hosted = {name: value for name, value in host.variables("github").items() if name != "GITHUB_TOKEN"}
    variables = {
        "GITHUB_ACTIONS": "true",
        "CI": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_SHA": COMMIT,
        "GITHUB_REF_NAME": "main",
        "VAULT_TOKEN": shop.tokens[role],
        **hosted,
        **named,
    }
    inputs = {
        "inputs.root": "environments",
        "inputs.vault-role": role,
        "github.token": TOKEN,
        "vars.RECONCILER": "x.whl",
    }
    return Runner(folder=shop.folder, known=inputs | known, variables=variables)


def test_what_was_merged_is_applied_and_what_moves_then_has_an_issue(shop: Any, host: IssueHost) -> None:
    seen = shop.run("plan", "--format", "markdown")
    host.comments = [Shown("reconciler-bot", seen.out)]
    planning = runner(shop, host, "push", "plan")
    install, plan = planning.job(".github/workflows/mail-plan.yml", "plan")
    assert (install.said, plan.code) == ("pip install x.whl\n", 0)
    assert (planning.outputs()["changes"], planning.outputs()["reviewed"]) == ("true", "true")

    for name in ("plan.json", "reviewed.md"):  # the artifact
        shutil.copy(shop.folder / "reconciler-ci" / name, shop.folder / name)
    inputs = {"inputs.allow": "archive", "inputs.only-reviewed": "true"}
    applying = runner(shop, host, "push", "apply", **inputs).job(".github/workflows/mail-apply.yml", "apply")
    assert [step.code for step in applying] == [0, 0], applying[-1].said

    app: Path = shop.land.app()
    app.write_text(app.read_text("utf-8").replace("localhost", "elsewhere.example.com"), "utf-8")
    with WebhookHost() as hook:
        asked = {"inputs.webhook": "slack=env:WEBHOOK json=env:WEBHOOK", "inputs.prove": "false"}
        asked["secrets.webhook"] = hook.url
        for _ in range(2):
            night = runner(shop, host, "schedule", "plan", **asked).job(".github/workflows/mail-drift.yml", "drift")
            assert night[-1].code == 2, night[-1].said
            assert hook.path not in night[-1].said
    assert [one.title for one in host.issues] == ["Mail settings of dev/shop differ from git"]
    assert len(hook.messages) == 2
    assert "**1 of 1 resource drifted" in (shop.folder / "GITHUB_STEP_SUMMARY").read_text("utf-8")


def test_only_what_was_reviewed_is_applied_where_that_is_asked_for(shop: Any, host: IssueHost) -> None:
    assert shop.run("plan", "--out", "plan.json").code == 0
    (shop.folder / "reviewed.md").write_text('<!-- reconciler:plan {"v":1,"plan":"none"} -->\n', "utf-8")
    for asked, code in (("true", 3), ("false", 0)):
        inputs = {"inputs.allow": "", "inputs.only-reviewed": asked}
        steps = runner(shop, host, "push", "apply", **inputs).job(".github/workflows/mail-apply.yml", "apply")
        assert steps[-1].code == code, steps[-1].said
