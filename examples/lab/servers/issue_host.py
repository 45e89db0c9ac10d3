"""A stand-in for the hosts of issues: as much of two APIs as `nightly` needs, of one repository.

GitHub (https://docs.github.com/rest/issues/issues) and GitLab (https://docs.gitlab.com/api/issues), by their
documentation; it has not been compared with the real ones.

with IssueHost() as host:
    host.variables("github")    # what a job there would find in its environment
    host.issues                 # what people would see
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lab.servers.review_host import ME, ReviewHost

_PATHS = re.compile(r"/(?:repos/o/mail|projects/12)/issues(?:/(?P<id>\d+)(?P<remarks>/(?:comments|notes))?)?")
_GITHUB = {"title", "body", "state", "state_reason"}
_GITLAB = {"title", "description", "state_event"}
_LONGEST = 65_536


@dataclass(slots=True)
class Issue:
    author: str
    title: str
    text: str
    open: bool = True
    edits: int = 0
    remarks: list[str] = field(default_factory=list)


class IssueHost(ReviewHost):
    """Pull request 1 is in GitHub's list of issues too, as it is there."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: list[Issue] = []

    def variables(self, system: str) -> dict[str, str]:
        return super().variables(system) | ({"CI_PROJECT_ID": "12"} if system == "gitlab" else {})

    def answer(self, verb: str, path: str, query: str, body: Any) -> tuple[int, Any]:
        place = _PATHS.fullmatch(path)
        if place is None or (place["remarks"] and verb == "GET"):  # of the pull request
            return super().answer(verb, path, query, body)
        github = path.startswith("/repos/")
        if verb == "GET":
            return 200, self._page(query, github=github)
        self.verbs.append(verb)
        if place["remarks"]:
            self.issues[int(place["id"]) - 1].remarks.append(body["body"])
            return 201, {"id": 1}
        if unknown := body.keys() - (_GITHUB if github else _GITLAB):
            return 422, {"message": f"unknown: {sorted(unknown)}"}
        if len(body.get("body", "")) > _LONGEST:
            return 422, {"message": "body is too long"}
        return self._written(verb, place["id"], body, github=github)

    def _written(self, verb: str, number: str | None, body: Any, *, github: bool) -> tuple[int, Any]:
        text = "body" if github else "description"
        if number is None:
            if verb != "POST" or not body.get("title"):
                return 422, {"message": "title is missing"}
            self.issues.append(Issue(ME, body["title"], body.get(text, "")))
            return 201, self._shown(len(self.issues), github=github)
        if verb != ("PATCH" if github else "PUT"):
            return 405, {"message": "Method Not Allowed"}
        issue = self.issues[int(number) - 1]
        if text in body:
            issue.title, issue.text, issue.edits = body["title"], body[text], issue.edits + 1
        if (body.get("state"), body.get("state_event")) in (("closed", None), (None, "close")):
            issue.open = False
        return 200, self._shown(int(number), github=github)

    def _page(self, query: str, *, github: bool) -> list[Any]:
        asked = dict(part.split("=") for part in query.split("&"))
        numbers = range(1, len(self.issues) + 1)
        open_only = asked["state"] in ("open", "opened")
        listed = [self._shown(one, github=github) for one in numbers if self.issues[one - 1].open or not open_only]
        if github:
            listed = [{"number": 1, "pull_request": {}, "title": "x", "user": {"login": ME}, "body": "x"}, *listed]
        size, page = int(asked["per_page"]), int(asked["page"])
        return listed[(page - 1) * size : page * size]

    def _shown(self, number: int, *, github: bool) -> dict[str, Any]:
        issue = self.issues[number - 1]
        state = "open" if issue.open else "closed"
        if github:
            names = {"number": number, "user": {"login": issue.author}, "body": issue.text, "state": state}
            return {**names, "title": issue.title, "html_url": f"https://github.example.com/o/mail/issues/{number}"}
        names = {"iid": number, "author": {"id": issue.author}, "description": issue.text, "state": state}
        return {**names, "title": issue.title, "web_url": f"https://gitlab.example.com/o/mail/-/issues/{number}"}
