"""Where the comments of a pull request are, at each host."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from reconciler.pipeline.ci.api import Api
from reconciler.pipeline.ci.comment import Comment, Thread
from reconciler.pipeline.ci.job import AZURE, GITHUB, GITLAB, Job

# where the job finds the token that may write there
TOKENS: Mapping[str, str] = {GITHUB: "GITHUB_TOKEN", GITLAB: "GITLAB_TOKEN", AZURE: "SYSTEM_ACCESSTOKEN"}
_AZURE_REPOS = "TfsGit"
_PAGE = 100
_PAGES = 30


def thread(job: Job, environ: Mapping[str, str]) -> Thread | None:
    """None where there is nothing to comment on, or no token to do it with."""
    token = environ.get(TOKENS.get(job.system, ""), "")
    elsewhere = environ.get("BUILD_REPOSITORY_PROVIDER", _AZURE_REPOS) != _AZURE_REPOS  # Azure builds GitHub's too
    if not job.change or not token or (job.system == AZURE and elsewhere):
        return None
    made: Mapping[str, Any] = {GITHUB: _github, GITLAB: _gitlab, AZURE: _azure}
    found: Thread = made[job.system](job.change, environ)
    return found


def merged(job: Job, environ: Mapping[str, str]) -> Thread | None:
    """The comments of the pull request by which the pushed commit came; None where there is none, or nobody may ask."""
    if not job.pushed or not re.fullmatch("[0-9a-f]{40,64}", job.pushed) or not environ.get(TOKENS.get(job.system, "")):
        return None
    number = _MERGED[job.system](job.pushed, job.branch, environ) if job.system in _MERGED else None
    return thread(replace(job, change=number), environ) if number else None


def _github_merged(commit: str, branch: str | None, environ: Mapping[str, str]) -> str | None:
    """https://docs.github.com/rest/commits/commits#list-pull-requests-associated-with-a-commit"""
    api = github(environ, right="permissions: {pull-requests: read}")
    found = api.allowed(f"/repos/{environ.get('GITHUB_REPOSITORY', '')}/commits/{commit}/pulls") or ()
    numbers = (one["number"] for one in found if one.get("merged_at") and one["base"]["ref"] == branch)
    return next(map(str, numbers), None)


def _gitlab_merged(commit: str, branch: str | None, environ: Mapping[str, str]) -> str | None:
    """https://docs.gitlab.com/api/commits/#list-merge-requests-associated-with-a-commit"""
    project = quote(environ.get("CI_PROJECT_ID", ""), safe="")
    found = gitlab(environ).allowed(f"/projects/{project}/repository/commits/{commit}/merge_requests") or ()
    numbers = (one["iid"] for one in found if one.get("state") == "merged" and one["target_branch"] == branch)
    return next(map(str, numbers), None)


_MERGED: Mapping[str, Callable[[str, str | None, Mapping[str, str]], str | None]] = {
    GITHUB: _github_merged,
    GITLAB: _gitlab_merged,
}


def github(environ: Mapping[str, str], *, right: str, thing: str = "comment") -> Api:
    """As the job itself."""
    return Api(
        url=environ.get("GITHUB_API_URL", "https://api.github.com"),
        headers={"Authorization": f"Bearer {environ[TOKENS[GITHUB]]}", "X-GitHub-Api-Version": "2022-11-28"},
        right=right,
        thing=thing,
    )


def gitlab(environ: Mapping[str, str], *, thing: str = "comment") -> Api:
    return Api(
        url=environ.get("CI_API_V4_URL", "https://gitlab.com/api/v4"),
        headers={"PRIVATE-TOKEN": environ[TOKENS[GITLAB]]},
        right=f"a project access token with the scope api and the role Reporter; the job's own token has no {thing}s",
        thing=thing,
    )


def _github(number: str, environ: Mapping[str, str]) -> Thread:
    api = github(environ, right="permissions: {pull-requests: write}")
    return GitHub(api, environ.get("GITHUB_REPOSITORY", ""), number)


def _gitlab(number: str, environ: Mapping[str, str]) -> Thread:
    project = quote(environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", ""), safe="")
    return GitLab(gitlab(environ), f"/projects/{project}/merge_requests/{number}/notes")


def _azure(number: str, environ: Mapping[str, str]) -> Thread:
    api = Api(
        url=environ.get("SYSTEM_COLLECTIONURI", "").rstrip("/"),
        headers={"Authorization": f"Bearer {environ[TOKENS[AZURE]]}"},
        right="let the build service contribute to pull requests of this repository",
    )
    project, repository = (quote(environ.get(name, "")) for name in ("SYSTEM_TEAMPROJECTID", "BUILD_REPOSITORY_ID"))
    return Azure(api, f"/{project}/_apis/git/repositories/{repository}/pullRequests/{number}/threads")


@dataclass(frozen=True, slots=True)
class GitHub:
    """https://docs.github.com/rest/issues/comments: a pull request is an issue there."""

    api: Api
    repository: str
    number: str

    def me(self) -> str:
        return github_user(self.api)

    def comments(self) -> Iterator[Comment]:
        for one in pages(self.api, f"/repos/{self.repository}/issues/{self.number}/comments"):
            yield Comment(at=str(one["id"]), author=str((one["user"] or {}).get("login")), text=one["body"] or "")

    def create(self, text: str) -> None:
        self.api.ask("POST", f"/repos/{self.repository}/issues/{self.number}/comments", {"body": text})

    def edit(self, at: str, text: str) -> None:
        self.api.ask("PATCH", f"/repos/{self.repository}/issues/comments/{at}", {"body": text})


@dataclass(frozen=True, slots=True)
class GitLab:
    """https://docs.gitlab.com/api/notes/#merge-requests"""

    api: Api
    notes: str

    def me(self) -> str:
        return str(self.api.ask("GET", "/user")["id"])

    def comments(self) -> Iterator[Comment]:
        for one in pages(self.api, self.notes):
            yield Comment(at=str(one["id"]), author=str(one["author"]["id"]), text=one["body"])

    def create(self, text: str) -> None:
        self.api.ask("POST", self.notes, {"body": text})

    def edit(self, at: str, text: str) -> None:
        self.api.ask("PUT", f"{self.notes}/{at}", {"body": text})


@dataclass(frozen=True, slots=True)
class Azure:
    """https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads"""

    api: Api
    threads: str

    def me(self) -> str:
        return str(self.api.ask("GET", "/_apis/connectionData")["authenticatedUser"]["id"])

    def comments(self) -> Iterator[Comment]:
        for thread in self.api.ask("GET", f"{self.threads}{_VERSION}")["value"]:
            for one in thread.get("comments") or ():
                text, author = one.get("content") or "", str((one.get("author") or {}).get("id"))
                if not one.get("isDeleted"):
                    yield Comment(at=f"{thread['id']}/comments/{one['id']}", author=author, text=text)

    def create(self, text: str) -> None:
        """Closed, since an open thread may hold up the merge."""
        first = {"parentCommentId": 0, "content": text, "commentType": "text"}
        self.api.ask("POST", f"{self.threads}{_VERSION}", {"comments": [first], "status": "closed"})

    def edit(self, at: str, text: str) -> None:
        self.api.ask("PATCH", f"{self.threads}/{at}{_VERSION}", {"content": text})


_VERSION = "?api-version=7.1"


def github_user(api: Api) -> str:
    """A job's own token may not ask, and writes as this one."""
    return str((api.allowed("/user") or {}).get("login") or "github-actions[bot]")


def pages(api: Api, path: str) -> Iterator[Any]:
    """What is listed at `path`, as far as anybody would look."""
    between = "&" if "?" in path else "?"
    for page in range(1, _PAGES + 1):
        found = api.ask("GET", f"{path}{between}per_page={_PAGE}&page={page}")
        yield from found
        if len(found) < _PAGE:
            return
