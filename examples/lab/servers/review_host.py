"""A stand-in for the hosts of pull requests: as much of three APIs as a comment needs, of one pull request, number 7.

GitHub (https://docs.github.com/rest/issues/comments), GitLab (https://docs.gitlab.com/api/notes) and Azure DevOps
(https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads), by their documentation; it has not been
compared with the real ones. Whoever has TOKEN writes as ME; another token may do nothing.

with ReviewHost() as host:
    host.variables("github")    # what a job there would find in its environment
    host.comments               # what people would see
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from lab.servers import kept_alive

TOKEN = "host-token"
ME = "reconciler-bot"
_BY_COMMIT = r"/repos/o/mail/commits/[0-9a-f]{40}/pulls|/projects/12/repository/commits/[0-9a-f]{40}/merge_requests"
_MERGED = {  # as GitHub says it, and as GitLab
    "number": 7,
    "merged_at": "2026-11-29T12:00:00Z",
    "base": {"ref": "main"},
    "iid": 7,
    "state": "merged",
    "target_branch": "main",
}
_PATHS = (
    r"/repos/o/mail/issues/(?:7/comments|comments/(?P<id>\d+))",
    r"/projects/12/merge_requests/7/notes(?:/(?P<id>\d+))?",
    r"/p/_apis/git/repositories/r/pullRequests/7/threads(?:/(?P<id>\d+)/comments/1)?",
)


@dataclass(slots=True)
class Shown:
    author: str
    text: str
    edits: int = 0


class ReviewHost:
    """`denied` takes the right to write away."""

    def __init__(self) -> None:
        self.comments: list[Shown] = []
        self.verbs: list[str] = []
        self.denied = False

    def __enter__(self) -> ReviewHost:
        self._server = kept_alive.Server(("127.0.0.1", 0), _handler(self))
        self.url = self._server.url
        self._server.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.stop()

    def variables(self, system: str) -> dict[str, str]:
        """Of where the API is, and the token; what the job is for, is the caller's to say."""
        return {
            "github": {"GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": "o/mail", "GITHUB_TOKEN": TOKEN},
            "gitlab": {"CI_API_V4_URL": self.url, "CI_MERGE_REQUEST_PROJECT_ID": "12", "GITLAB_TOKEN": TOKEN},
            "azure": {
                "SYSTEM_COLLECTIONURI": f"{self.url}/",
                "SYSTEM_TEAMPROJECTID": "p",
                "BUILD_REPOSITORY_ID": "r",
                "SYSTEM_ACCESSTOKEN": TOKEN,
            },
        }[system]

    def answer(self, verb: str, path: str, query: str, body: Any) -> tuple[int, Any]:  # noqa: PLR0911  # one for each
        """What the API answers; a status alone for what it does not know."""
        if path == "/user":
            return 200, {"id": ME, "login": ME}
        if path == "/_apis/connectionData":
            return 200, {"authenticatedUser": {"id": ME}}
        if re.fullmatch(_BY_COMMIT, path):
            return 200, [_MERGED]
        place = next((found for one in _PATHS if (found := re.fullmatch(one, path))), None)
        if place is None:
            return 404, {"message": "Not Found"}
        azure = "pullRequests" in path
        if azure and query != "api-version=7.1":
            return 400, {"message": "no api-version"}
        if verb == "GET":
            return 200, self._listed(path, query)
        self.verbs.append(verb)
        text = _text(body, azure=azure)
        if place["id"] is None:
            self.comments.append(Shown(ME, text))
            return 201, {"id": len(self.comments)}
        if verb != ("PUT" if "notes" in path else "PATCH"):
            return 405, {"message": "Method Not Allowed"}
        shown = self.comments[int(place["id"]) - 1]
        shown.text, shown.edits = text, shown.edits + 1
        return 200, {"id": int(place["id"])}

    def _listed(self, path: str, query: str) -> Any:
        rows = list(enumerate(self.comments, start=1))
        if "pullRequests" in path:
            return {"value": [{"id": at, "comments": [_azure(one)]} for at, one in rows] + [{"id": 0, "comments": []}]}
        asked = dict(part.split("=") for part in query.split("&"))
        size, page = int(asked["per_page"]), int(asked["page"])
        who = "user" if "issues" in path else "author"
        name = {"login": "login", "user": "login", "author": "id"}[who]
        listed = [{"id": at, who: {name: one.author}, "body": one.text} for at, one in rows]
        return listed[(page - 1) * size : page * size]


def _azure(shown: Shown) -> dict[str, Any]:
    return {"id": 1, "author": {"id": shown.author}, "content": shown.text, "isDeleted": False}


def _text(body: Any, *, azure: bool) -> str:
    if azure:
        return str(body["comments"][0]["content"] if "comments" in body else body["content"])
    return str(body["body"])


def _handler(host: ReviewHost) -> type[kept_alive.Handler]:
    class Handler(kept_alive.Handler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path, _, query = self.path.partition("?")
            given = (self.headers.get("Authorization", "").removeprefix("Bearer "), self.headers.get("PRIVATE-TOKEN"))
            status, answer = 403, {"message": "Forbidden"}
            if TOKEN in given and not (host.denied and self.command != "GET"):
                status, answer = host.answer(self.command, path, query, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # the names that http.server calls

    return Handler
