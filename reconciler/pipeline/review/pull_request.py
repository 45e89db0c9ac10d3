"""Whether the author of the files is trusted, by what CI says of this job, and what a command may do then."""

from __future__ import annotations

import os

from reconciler.errors import UsageError

TRUSTED = "RECONCILER_TRUSTED"
# Of each CI system, a variable that it always sets, the variable that says what started the job, and the values of it
# that no outsider can bring about. Whatever else starts a job there may run files that nobody has reviewed.
_SYSTEMS = (
    ("GITHUB_EVENT_NAME", "GITHUB_EVENT_NAME", {"push", "schedule", "workflow_dispatch", "repository_dispatch"}),
    ("GITLAB_CI", "CI_PIPELINE_SOURCE", {"push", "schedule", "web", "api", "trigger"}),
    ("TF_BUILD", "BUILD_REASON", {"Manual", "IndividualCI", "BatchedCI", "Schedule"}),
    ("GERRIT_EVENT_TYPE", "GERRIT_EVENT_TYPE", {"change-merged", "ref-updated"}),
)
# these are there for a change only, and say which; of these systems no other variable is needed
_CHANGES = (
    *("CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID", "CHANGE_ID", "BITBUCKET_PR_ID"),
    *("ghprbPullId", "gitlabMergeRequestIid"),  # Jenkins, where a plugin builds changes
)
_OTHERS = ("JENKINS_URL", "BITBUCKET_BUILD_NUMBER")
# systems that set no CI, and say nowhere who wrote the files
_SILENT = ("TEAMCITY_VERSION", "CODEBUILD_BUILD_ID", "bamboo_buildKey", "GO_PIPELINE_NAME")
_BRANCHES = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME",
    "CHANGE_TARGET",
    "BITBUCKET_PR_DESTINATION_BRANCH",
)


def check(ref: str | None, command: str) -> None:
    """UsageError on a pull request without a base: a command has to know what was reviewed."""
    if ref is None and (why := _not_trusted()):
        branch = next((os.environ[name] for name in _BRANCHES if os.environ.get(name)), "main")
        raise UsageError(
            f"{command} of a pull request needs --base" if why is _CHANGE else f"{command} needs --base: {why}",
            why="its author is not trusted yet: only the base may decide where a credential goes",
            fix=f"reconciler {command} --base refs/remotes/origin/{branch}{_or_trust(why)}",
        )


def refuse(command: str) -> None:
    """UsageError on a pull request, for commands that have no way to stay with what was reviewed."""
    if why := _not_trusted():
        raise UsageError(
            f"{command} does not run on pull requests" if why is _CHANGE else f"{command} needs reviewed files: {why}",
            why=f"its author is not trusted yet, and {command} opens the connections the files name",
            fix=f"run it locally, or in a job on the reviewed branch{_or_trust(why)}",
        )


_CHANGE = "this is a pull request"
_UNKNOWN = "this CI system does not say who wrote them"


def _or_trust(why: str) -> str:
    return f"; where only reviewed files run: {TRUSTED}=1" if why is _UNKNOWN else ""


def _not_trusted() -> str | None:
    """Why the author is not trusted. A job's variables are of its workflow, which a pull request must not bring."""
    if any(os.environ.get(name) for name in _CHANGES):
        return _CHANGE
    for present, cause, trusted in _SYSTEMS:
        if os.environ.get(present):
            started = os.environ.get(cause, "")
            if started in trusted:
                return None
            known = started.startswith(("pull_request", "merge_request", "external_pull", "PullRequest"))
            return _CHANGE if known else f"started by {started or 'nobody knows what'}, which may run any files"
    ci = os.environ.get("CI", "").lower() not in ("", "0", "false") or any(os.environ.get(name) for name in _SILENT)
    asked = ci and not any(os.environ.get(name) for name in (*_OTHERS, TRUSTED))
    return _UNKNOWN if asked else None
