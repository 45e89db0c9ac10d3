"""`nightly`: an issue for each target that drifted, metrics, and a message where something is new."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.servers import fake
from lab.servers.issue_host import Issue, IssueHost
from lab.servers.review_host import ME
from lab.servers.webhook_host import WebhookHost
from prometheus_client.parser import text_string_to_metric_families as parsed
from support.commandline import Ran, inside
from support.site import Site

from reconciler.errors import PlatformUnreachable
from reconciler.pipeline.ci import issues

HOSTS = pytest.mark.parametrize("system", ["github", "gitlab"])
VARIABLES = {
    "github": {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule"},
    "gitlab": {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "schedule"},
}


@pytest.fixture(scope="module")
def tracker() -> Iterator[IssueHost]:
    with IssueHost() as started:
        yield started


@pytest.fixture(scope="module")
def channel() -> Iterator[WebhookHost]:
    with WebhookHost() as started:
        yield started


@pytest.fixture
def host(tracker: IssueHost) -> IssueHost:
    tracker.issues, tracker.verbs, tracker.denied = [], [], False
    return tracker


@pytest.fixture
def hook(channel: WebhookHost, monkeypatch: pytest.MonkeyPatch) -> WebhookHost:
    channel.messages, channel.status = [], 200
    monkeypatch.setenv("HOOK", channel.url)
    return channel


@pytest.fixture
def site(fake_site: Site, world: fake.World) -> Site:
    """Two targets that were applied, and of which nothing has drifted."""
    fake_site.stage("dev")
    for name in ("crm", "shop"):
        fake_site.target(f"dev/{name}", "mail_servers: {main: {priority: 10}}", name)
    fake_site.apply()
    return fake_site


def move(world: fake.World, name: str, priority: int) -> None:
    """By hand, on the platform."""
    (row,) = world.of(name).rows.values()
    row.settings["priority"] = priority
    row.marker += 1


def run(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *arguments: str) -> Ran:
    with monkeypatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        return inside("nightly", *arguments)


def job(system: str, host: IssueHost) -> dict[str, str]:
    return {**VARIABLES[system], **host.variables(system)}


@HOSTS
def test_an_issue_is_opened_kept_up_to_date_and_closed(
    system: str, site: Site, world: fake.World, host: IssueHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(world, "crm", 20)
    first = run(monkeypatch, job(system, host))
    assert (first.code, "Opened 1 issue: dev/crm." in first.err) == (2, True)
    (issue,) = host.issues
    assert issue.title == "Mail settings of dev/crm differ from git"
    assert issue.text.startswith("<!-- reconciler:drift dev/crm -->\n")
    assert "`priority` `10` → 20" in issue.text
    assert "dev/shop" not in issue.text
    assert run(monkeypatch, job(system, host)).code == 2
    assert issue.edits == 0  # nothing new, so nobody gets mail
    move(world, "crm", 30)
    assert "Updated 1 issue: dev/crm." in run(monkeypatch, job(system, host)).err
    assert ("`10` → 30" in issue.text, issue.edits, issue.remarks) == (True, 1, [])
    move(world, "crm", 10)
    last = run(monkeypatch, job(system, host))
    assert (last.code, "Closed 1 issue: dev/crm." in last.err) == (0, True)
    assert (issue.open, issue.remarks, len(host.issues)) == (False, ["The platform is as git declares it again."], 1)


@HOSTS
def test_what_could_not_be_read_keeps_its_issue(
    system: str, site: Site, world: fake.World, host: IssueHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(world, "crm", 20)
    run(monkeypatch, job(system, host))
    before = host.issues[0].text

    def down() -> None:
        raise PlatformUnreachable("no answer")

    world.of("crm").on_read = down
    told = run(monkeypatch, job(system, host))
    assert (told.code, host.issues[0].open, host.issues[0].text) == (1, True, before)


def test_a_run_of_some_targets_leaves_the_issues_of_others_alone(
    site: Site, world: fake.World, host: IssueHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("crm", "shop"):
        move(world, name, 20)
    run(monkeypatch, job("github", host))
    move(world, "crm", 10)
    assert run(monkeypatch, job("github", host), "--select", "dev/shop").code == 2
    assert [one.open for one in host.issues] == [True, True]


def test_the_issue_of_a_target_that_left_the_files_is_closed(
    site: Site, world: fake.World, host: IssueHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(world, "crm", 20)
    run(monkeypatch, job("github", host))
    (site.root / "dev/crm.yaml").unlink()
    run(monkeypatch, job("github", host))
    assert (host.issues[0].open, host.issues[0].remarks) == (False, ["This target is no longer declared."])


def test_an_issue_of_somebody_else_with_our_mark_is_left_alone(
    site: Site, world: fake.World, host: IssueHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = Issue("mallory", "x", f"{issues.mark('dev/crm')}\nnothing to see")
    host.issues = [*(Issue("somebody", "x", "x") for _ in range(120)), forged]
    move(world, "crm", 20)
    for _ in range(2):  # the second finds its own on the second page
        run(monkeypatch, job("github", host))
    assert (forged.edits, forged.open, len(host.issues)) == (0, True, 122)
    assert (host.issues[121].author, host.issues[121].open) == (ME, True)
    move(world, "crm", 10)
    run(monkeypatch, job("github", host))
    assert (forged.open, host.issues[121].open) == (True, False)


def test_hundreds_of_targets_are_no_hundreds_of_issues() -> None:
    with IssueHost() as host, pytest.MonkeyPatch.context() as patch:
        for name, value in host.variables("github").items():
            patch.setenv(name, value)
        import os

        from reconciler.pipeline.ci import trackers

        found = trackers.tracker("github", os.environ)
        assert found
        drafts = {f"dev/t{at}": issues.Draft(title="t", text=f"{issues.mark(f'dev/t{at}')}\nx") for at in range(50)}
        settled = issues.settle(found, drafts, in_sync=(), declared=None)
    assert (len(host.issues), len(settled.opened), len(settled.waiting)) == (20, 20, 30)


def test_a_host_that_refuses_fails_the_job_and_hides_no_drift(
    site: Site, world: fake.World, host: IssueHost, hook: WebhookHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(world, "crm", 20)
    host.denied = True
    told = run(monkeypatch, job("github", host), "--format", "json", "--webhook", "json=env:HOOK")
    assert (told.code, told.json["complete"], told.json["drifted"][0]["target"]) == (1, False, "dev/crm")
    assert told.json["findings"][0]["what"] == "the issue was refused (403)"
    assert told.json["findings"][0]["fix"] == "permissions: {issues: write}"
    assert len(hook.messages) == 1


def test_files_outputs_and_summary_are_there_for_later_steps(
    site: Site, world: fake.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(world, "crm", 20)
    named = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    told = run(monkeypatch, {**VARIABLES["github"], **named}, "--report")
    assert (told.code, "No issues: GITHUB_TOKEN is not set." in told.err) == (2, True)
    outputs = dict(line.split("=") for line in (tmp_path / "GITHUB_OUTPUT").read_text("utf-8").splitlines())
    assert (outputs["drifted"], outputs["complete"]) == ("true", "true")
    assert "**1 of 2 resources drifted" in (tmp_path / "GITHUB_STEP_SUMMARY").read_text("utf-8")
    folder = site.folder / "reconciler-ci"
    metrics = {one.name for one in parsed((folder / "reconciler_drift.prom").read_text("utf-8"))}
    assert "reconciler_target_drifted" in metrics
    assert json.loads((folder / "drift.json").read_text("utf-8"))["complete"]
    assert "Drift by age" in (folder / "report.html").read_text("utf-8")


@pytest.mark.parametrize("kind", ["slack", "teams", "json"])
def test_the_same_is_not_sent_twice_and_the_end_is_told_once(
    kind: str, site: Site, world: fake.World, hook: WebhookHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "")
    sent = []
    for priority in (10, 20, 20, 30, 10, 10):
        move(world, "crm", priority)
        run(monkeypatch, {}, "--webhook", f"{kind}=env:HOOK")
        sent.append(len(hook.messages))
    assert sent == [0, 1, 1, 2, 3, 3]
    kept = (site.folder / "reconciler-ci/sent.json").read_text("utf-8")
    assert hook.path not in kept
    assert list(json.loads(kept)["sent"]) == [f"{kind}=env:HOOK"]


@pytest.mark.parametrize("status", [302, 400, 500])
def test_what_was_not_taken_is_told_and_sent_again(
    status: int, site: Site, world: fake.World, hook: WebhookHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(world, "crm", 20)
    hook.status = status
    told = run(monkeypatch, {}, "--webhook", "slack=env:HOOK")
    assert (told.code, f"it answers {status}" in told.err) == (1, True)
    hook.status, hook.messages = 200, []
    assert run(monkeypatch, {}, "--webhook", "slack=env:HOOK").code == 2
    assert len(hook.messages) == 1


@pytest.mark.parametrize(
    "given", ["slack=https://hooks.example.com/c4nary-w0rd", "c4nary-w0rd", "slack=env:", "x=env:A"]
)
def test_an_address_on_the_command_line_is_refused_and_not_repeated(given: str, site: Site) -> None:
    told = inside("nightly", "--webhook", given)
    assert (told.code, "fix: e.g. --webhook slack=env:SLACK_WEBHOOK" in told.err) == (64, True)


@pytest.mark.parametrize("address", ["http://hooks.example.com/x", "hooks.example.com", "https://", "http://[::1"])
def test_an_address_that_would_be_seen_on_the_way_is_not_used(
    address: str, site: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(world, "crm", 20)
    monkeypatch.setenv("HOOK", address)
    told = run(monkeypatch, {}, "--webhook", "slack=env:HOOK")
    assert "error: --webhook slack=env:HOOK: its value is no https address" in told.err
    assert (told.code, address in told.text) == (1, False)


def test_a_webhook_whose_secret_is_missing_is_told(
    site: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(world, "crm", 20)
    told = run(monkeypatch, {}, "--webhook", "slack=env:NOTHING")
    what = "error: --webhook slack=env:NOTHING: environment variable NOTHING is not set"
    assert (told.code, what in told.err) == (1, True)


def test_an_address_from_vault_is_in_no_log(shop: Any, hook: WebhookHost) -> None:
    """In a process of its own: pytest keeps what libraries log before anybody has taken secrets out of it."""
    shop.vault.put(f"mail/{shop.land.area}/hook", url=hook.url)
    reference = f"slack=vault:mail/{shop.land.area}/hook#url"
    told = shop.spawn("nightly", "--webhook", reference, "--debug", role="apply")
    assert (told.code, len(hook.messages), '"POST ***' in told.err) == (2, 1, True)
    assert hook.path not in told.text + shop.kept()


def test_pull_requests_are_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}
    assert run(monkeypatch, variables).code == 64
