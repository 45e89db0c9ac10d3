"""What a CI system says of the job that runs here, by the variables that its documentation promises."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.errors import UsageError

GITHUB, GITLAB, AZURE, JENKINS = "github", "gitlab", "azure", "jenkins"
Environ = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`change` is the number of the pull request and `target` the branch it goes to; None where there is none.

    `pushed` is the commit that was pushed to the `branch`, of a job that a push started.

    Of a `fork`, nothing may be contacted: its author may not start a job with secrets, and so not through us.
    """

    system: str
    change: str | None = None
    target: str | None = None
    pushed: str | None = None
    branch: str | None = None
    fork: bool = False

    @property
    def base(self) -> str | None:
        """The revision that was reviewed."""
        return f"refs/remotes/origin/{self.target}" if self.target else None


def of(environ: Environ) -> Job:
    """Raises UsageError outside of the systems that are known."""
    for variable, read in _SYSTEMS.items():
        if environ.get(variable):
            return read(environ)
    raise UsageError(
        "ci runs in jobs of GitHub, GitLab, Azure Pipelines and Jenkins",
        why="none of their variables is set here",
        fix="reconciler validate && reconciler plan",
    )


def system(environ: Environ) -> str | None:
    """Which one runs here, whatever the job is for; None outside of those that are known."""
    return next((name for variable, name in _NAMES.items() if environ.get(variable)), None)


def _github(environ: Environ) -> Job:
    """https://docs.github.com/actions/reference/variables-reference"""
    name = environ.get("GITHUB_EVENT_NAME", "")
    if not name.startswith("pull_request"):
        pushed = environ.get("GITHUB_SHA") if name == "push" else None
        return Job(system=GITHUB, pushed=pushed, branch=environ.get("GITHUB_REF_NAME"))
    if name != "pull_request":
        raise UsageError(
            f"ci does not run on {name}",
            why="such a job has the rights of the base, and the files of whoever opened the pull request",
            fix="on: pull_request",
        )
    request = _event(environ).get("pull_request", {})
    here, there = (((request.get(side) or {}).get("repo") or {}).get("full_name") for side in ("head", "base"))
    number = str(request.get("number") or "")
    # a repository that is gone, or that nobody names, is as strange as another one
    return Job(
        system=GITHUB, change=number or None, target=environ.get("GITHUB_BASE_REF"), fork=not here or here != there
    )


def _event(environ: Environ) -> dict[str, Any]:
    try:
        found = json.loads(Path(environ.get("GITHUB_EVENT_PATH", "")).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _gitlab(environ: Environ) -> Job:
    """https://docs.gitlab.com/ci/variables/predefined_variables/"""
    source, here = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), environ.get("CI_MERGE_REQUEST_PROJECT_ID")
    return Job(
        system=GITLAB,
        pushed=environ.get("CI_COMMIT_SHA") if environ.get("CI_PIPELINE_SOURCE") == "push" else None,
        branch=environ.get("CI_COMMIT_BRANCH"),
        change=environ.get("CI_MERGE_REQUEST_IID"),
        target=environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        fork=source != here,
    )


def _azure(environ: Environ) -> Job:
    """https://learn.microsoft.com/azure/devops/pipelines/build/variables; GitHub's own number is another variable."""
    target = environ.get("SYSTEM_PULLREQUEST_TARGETBRANCH", "").removeprefix("refs/heads/")
    return Job(
        system=AZURE,
        change=environ.get("SYSTEM_PULLREQUEST_PULLREQUESTID"),
        target=target or None,
        fork=environ.get("SYSTEM_PULLREQUEST_ISFORK", "").lower() == "true",
    )


def _jenkins(environ: Environ) -> Job:
    """https://www.jenkins.io/doc/book/pipeline/multibranch/#additional-environment-variables"""
    return Job(
        system=JENKINS,
        change=environ.get("CHANGE_ID"),
        target=environ.get("CHANGE_TARGET"),
        fork=bool(environ.get("CHANGE_FORK")),
    )


_SYSTEMS: Mapping[str, Callable[[Environ], Job]] = {
    "GITHUB_ACTIONS": _github,
    "GITLAB_CI": _gitlab,
    "TF_BUILD": _azure,
    "JENKINS_URL": _jenkins,
}
_NAMES: Mapping[str, str] = dict(zip(_SYSTEMS, (GITHUB, GITLAB, AZURE, JENKINS), strict=True))
