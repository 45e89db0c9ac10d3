"""Where the issues of a repository are, at each host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from reconciler.pipeline.ci import hosts
from reconciler.pipeline.ci.api import Api
from reconciler.pipeline.ci.issues import Ticket, Tracker
from reconciler.pipeline.ci.job import GITHUB, GITLAB

SYSTEMS = (GITHUB, GITLAB)


def tracker(system: str, environ: Mapping[str, str]) -> Tracker | None:
    """None where there are no issues, or no token to write them with."""
    if system not in SYSTEMS or not environ.get(hosts.TOKENS[system]):
        return None
    if system == GITHUB:
        api = hosts.github(environ, right="permissions: {issues: write}", thing="issue")
        return GitHubIssues(api, f"/repos/{environ.get('GITHUB_REPOSITORY', '')}/issues")
    project = quote(environ.get("CI_PROJECT_ID", ""), safe="")
    return GitLabIssues(hosts.gitlab(environ, thing="issue"), f"/projects/{project}/issues")


@dataclass(frozen=True, slots=True)
class GitHubIssues:
    """https://docs.github.com/rest/issues/issues: pull requests are listed there too."""

    api: Api
    issues: str

    def me(self) -> str:
        return hosts.github_user(self.api)

    def tickets(self) -> Iterator[Ticket]:
        for one in hosts.pages(self.api, f"{self.issues}?state=open&sort=created&direction=asc"):
            if "pull_request" not in one:
                yield Ticket(
                    at=str(one["number"]),
                    author=str((one["user"] or {}).get("login")),
                    title=one["title"],
                    text=one["body"] or "",
                    url=str(one["html_url"]),
                )

    def create(self, title: str, text: str) -> str:
        return str(self.api.ask("POST", self.issues, {"title": title, "body": text})["html_url"])

    def edit(self, at: str, title: str, text: str) -> None:
        self.api.ask("PATCH", f"{self.issues}/{at}", {"title": title, "body": text})

    def close(self, at: str, remark: str) -> None:
        self.api.ask("POST", f"{self.issues}/{at}/comments", {"body": remark})
        self.api.ask("PATCH", f"{self.issues}/{at}", {"state": "closed", "state_reason": "completed"})


@dataclass(frozen=True, slots=True)
class GitLabIssues:
    """https://docs.gitlab.com/api/issues/"""

    api: Api
    issues: str

    def me(self) -> str:
        return str(self.api.ask("GET", "/user")["id"])

    def tickets(self) -> Iterator[Ticket]:
        for one in hosts.pages(self.api, f"{self.issues}?state=opened&scope=all&order_by=created_at&sort=asc"):
            author = str(one["author"]["id"])
            text = one["description"] or ""
            yield Ticket(at=str(one["iid"]), author=author, title=one["title"], text=text, url=str(one["web_url"]))

    def create(self, title: str, text: str) -> str:
        return str(self.api.ask("POST", self.issues, {"title": title, "description": text})["web_url"])

    def edit(self, at: str, title: str, text: str) -> None:
        self.api.ask("PUT", f"{self.issues}/{at}", {"title": title, "description": text})

    def close(self, at: str, remark: str) -> None:
        self.api.ask("POST", f"{self.issues}/{at}/notes", {"body": remark})
        self.api.ask("PUT", f"{self.issues}/{at}", {"state_event": "close"})
