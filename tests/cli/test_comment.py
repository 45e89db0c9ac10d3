"""A plan as a comment: within its host's bytes, with links into the commit, and beside the plan that was seen."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from lab.servers import fake
from support.commandline import inside
from support.site import Site

from reconciler.views.plans import header

ROUTE = "host: localhost, encryption: none, auth: none, verify: {from: nowhere}"


@pytest.fixture
def site(fake_site: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch) -> Site:
    """In a repository, in a job of GitHub."""
    fake_site.stage("dev")
    for name in ("crm", "shop"):
        fake_site.target(f"dev/{name}", f"mail_servers: {{main: {{port: 2525, {ROUTE}}}}}", name)
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", "-C", str(fake_site.folder), *arguments], check=True)
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/mail")
    return fake_site


def commit(folder: Path) -> str:
    said = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return said.stdout.strip()


def test_a_comment_links_into_the_commit_and_knows_its_plan(site: Site) -> None:
    told = inside("plan", "--format", "markdown").out
    assert f"https://github.example.com/o/mail/blob/{commit(site.folder)}/environments/dev/crm.yaml#L3" in told
    found = header.read(told)
    assert found
    assert found.commit == commit(site.folder)


def test_a_comment_says_what_changed_since_the_plan_that_was_seen(site: Site) -> None:
    assert inside("plan", "--out", "seen.json").code == 0
    again = inside("plan", "--format", "markdown", "--since", "seen.json").out
    assert "2 changes as before, and a review of them still holds." in again
    site.target("dev/crm", f"mail_servers: {{main: {{port: 2526, {ROUTE}}}}}", "crm")
    moved = inside("plan", "--format", "markdown", "--since", "seen.json").out
    assert "1 resource; 1 change as before.\n\n- `dev/crm:mail_servers[main]`: port: declared 2526, was 2525" in moved


def test_since_needs_a_form_that_shows_it(site: Site) -> None:
    wrong = inside("plan", "--since", "seen.json")
    assert (wrong.code, "add --format markdown" in wrong.err) == (64, True)


@pytest.mark.parametrize("host", ["bitbucket", "summary"])
def test_a_saved_plan_is_shown_for_the_host_that_is_asked_for(site: Site, host: str) -> None:
    assert inside("plan", "--out", "plan.json").code == 0
    assert "**Plan: 2 to create. 2 risks.**" in inside("show", "plan.json", "--format", "markdown", "--fit", host).out
