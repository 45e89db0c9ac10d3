"""Whether this is a job of a pull request, whose author is not trusted yet, and what a command may do then."""

from __future__ import annotations

import os

from reconciler.errors import UsageError

# variables that say that this is CI of a pull request, and their values ("" is any)
_PULL_REQUEST = {
    "GITHUB_EVENT_NAME": "pull_request",  # and pull_request_target, pull_request_review
    "CI_MERGE_REQUEST_IID": "",
    "CHANGE_ID": "",
    "BITBUCKET_PR_ID": "",
    "BUILD_REASON": "PullRequest",
}
_BRANCHES = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "CHANGE_TARGET",
    "BITBUCKET_PR_DESTINATION_BRANCH",
)


def check(ref: str | None, command: str) -> None:
    """UsageError on a pull request without a base: a command has to know what was reviewed."""
    if ref is None and _of_pull_request():
        branch = next((os.environ[name] for name in _BRANCHES if os.environ.get(name)), "main")
        raise UsageError(
            f"{command} of a pull request needs --base",
            why="its author is not trusted yet: only the base may decide where a credential goes",
            fix=f"reconciler {command} --base origin/{branch}",
        )


def refuse(command: str) -> None:
    """UsageError on a pull request, for commands that have no way to stay with what was reviewed."""
    if _of_pull_request():
        raise UsageError(
            f"{command} does not run on pull requests",
            why=f"its author is not trusted yet, and {command} opens the connections the files name",
            fix="run it locally, or in a job on the reviewed branch",
        )


def _of_pull_request() -> bool:
    return any(os.environ.get(name) and os.environ[name].startswith(start) for name, start in _PULL_REQUEST.items())
