"""From the comment of a pull request to `apply --reviewed` on main: the same plan passes, and no other."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.servers import fake
from lab.servers.review_host import ReviewHost, Shown
from support.commandline import Ran, inside
from support.site import Site

from reconciler.views.plans import header

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MERGED = {
    "github": {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_SHA": COMMIT, "GITHUB_REF_NAME": "main"},
    "gitlab": {
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": "push",
        "CI_COMMIT_SHA": COMMIT,
        "CI_COMMIT_BRANCH": "main",
        "CI_PROJECT_ID": "12",
    },
}
HOSTS = pytest.mark.parametrize("system", MERGED)


@pytest.fixture(scope="module")
def server() -> Iterator[ReviewHost]:
    with ReviewHost() as started:
        yield started


@pytest.fixture
def host(server: ReviewHost) -> ReviewHost:
    server.comments, server.verbs, server.denied = [], [], False
    return server


@pytest.fixture
def site(fake_site: Site, world: fake.World, host: ReviewHost) -> Site:
    """Merged, and shown in the comment as it was planned then."""
    fake_site.stage("dev")
    declare(fake_site, 10)
    subprocess.run(["git", "-C", str(fake_site.folder), "init", "-qb", "main"], check=True)
    assert inside("plan", "--out", "seen.json").code == 0
    shown = inside("show", "seen.json", "--format", "markdown")
    host.comments = [Shown("mallory", "hello"), Shown("reconciler-bot", shown.out)]
    return fake_site


def declare(site: Site, priority: int) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{priority: {priority}}}}}", "crm")


def ci(system: str, host: ReviewHost, monkeypatch: pytest.MonkeyPatch, **more: str) -> tuple[Ran, dict[str, str]]:
    """The job of main, and its outputs."""
    with monkeypatch.context() as patch:
        for name, value in {**MERGED[system], **host.variables(system), **more}.items():
            if not name.startswith("CI_MERGE_REQUEST"):  # of a merge request only
                patch.setenv(name, value)
        told = inside("ci")
    lines = Path("reconciler-ci/outputs.env").read_text("utf-8").splitlines()
    return told, dict(line.split("=") for line in lines)


@HOSTS
def test_the_plan_of_the_merged_pull_request_is_applied(
    system: str, site: Site, host: ReviewHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, outputs = ci(system, host, monkeypatch)
    assert (outputs["reviewed"], "All of it is as reviewed" in told.err, host.verbs) == ("true", True, [])
    assert "a review of them still holds" in Path("reconciler-ci/plan.md").read_text("utf-8")
    assert inside("apply", "reconciler-ci/plan.json", "--reviewed", "reconciler-ci/reviewed.md").code == 0


@HOSTS
def test_what_was_not_in_it_is_named_and_refused(
    system: str, site: Site, host: ReviewHost, world: fake.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(site, 20)
    told, outputs = ci(system, host, monkeypatch)
    assert (outputs["reviewed"], told.code) == ("false", 0)
    assert "Not as reviewed in the pull request: dev/crm:mail_servers[main]." in told.err
    refused = inside("apply", "reconciler-ci/plan.json", "--reviewed", "reconciler-ci/reviewed.md", "--format", "json")
    assert (refused.code, refused.json["findings"][0]["rule"], world.of("crm").written) == (3, "not-reviewed", [])
    assert inside("apply", "reconciler-ci/plan.json").code == 0


@HOSTS
def test_a_comment_of_somebody_else_counts_for_nothing(
    system: str, site: Site, host: ReviewHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.comments[1].author = "mallory"
    assert ci(system, host, monkeypatch)[1]["reviewed"] == "unknown"
    assert not Path("reconciler-ci/reviewed.md").exists()


def test_a_run_by_hand_goes_by_no_pull_request(site: Site, host: ReviewHost, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ci("github", host, monkeypatch, GITHUB_EVENT_NAME="workflow_dispatch")[1]["reviewed"] == "unknown"


def test_a_commit_of_no_merged_pull_request_was_not_reviewed(
    site: Site, host: ReviewHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ci("github", host, monkeypatch, GITHUB_REF_NAME="other")[1]["reviewed"] == "unknown"


def test_a_saved_plan_counts_as_reviewed_too(site: Site) -> None:
    assert inside("apply", "seen.json", "--reviewed", "seen.json").code == 0


@pytest.mark.parametrize("text", ["hello", "", f"x {header.MARK}"])
def test_another_file_is_no_review(text: str, site: Site) -> None:
    Path("other.md").write_text(text, "utf-8")
    told = inside("apply", "seen.json", "--reviewed", "other.md")
    assert (told.code, "no plan, and no comment of one" in told.err) == (64, True)
    assert inside("apply", "seen.json", "--reviewed", "missing.md").code == 64


def test_a_pull_request_that_could_not_be_planned_has_reviewed_nothing(site: Site) -> None:
    Path("other.md").write_text(f'{header.MARK}{{"v":1,"plan":"none"}} -->\n', "utf-8")
    assert inside("apply", "seen.json", "--reviewed", "other.md").code == 3
