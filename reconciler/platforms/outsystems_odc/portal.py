"""Calls to the public REST APIs of one organisation: token, rate limits, and refusals in plain words.

Each API counts its calls per organisation, so the buckets are shared by all stages of it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from reconciler.drivers.http import client as http
from reconciler.drivers.http import rate_limit
from reconciler.drivers.http import site as http_site
from reconciler.drivers.http.answer import Answer
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
)
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretValue
from reconciler.platforms.outsystems_odc import login

CONFIGURATIONS = "/api/asset-configurations/v1"
PORTFOLIOS = "/api/portfolios/v2"
DEPLOYMENTS = "/api/deployments/v1"
ENVIRONMENTS = "/api/environment-configurations/v1"
# calls a minute, as the vendor publishes them per organisation
LIMITS = {CONFIGURATIONS: 100, PORTFOLIOS: 100, DEPLOYMENTS: 100, ENVIRONMENTS: 10}
POSTS = {DEPLOYMENTS: 10}
WINDOW = 60.5  # seconds: the minute, and some for calls that take unlike long to arrive
PATIENCE = 150.0  # seconds: so long a 429 is waited out; two whole minutes must fit

VIEW_STAGE = "Stage > View stage"
VIEW = "Configuration management > View configurations"
EDIT = "Configuration management > Edit configurations"
EDIT_EMAIL = f'Configuration management > Manage Email SMTP configuration" and "{EDIT}'
DOMAINS = "Configuration management > Manage domains"
DEPLOY = "Release management > Deploy assets"

READS = (
    ("GET", f"{PORTFOLIOS}/environments"),
    ("GET", f"{PORTFOLIOS}/portfolios"),
    ("GET", f"{PORTFOLIOS}/deployed-assets"),
    ("GET", f"{CONFIGURATIONS}/environments/*/default-system-configurations"),
    ("GET", f"{CONFIGURATIONS}/environments/*/applications/*/revisions/deployed/configurations"),
)
_HANDLED = frozenset({400, 401, 403, 404, 409, 422, 429, 500})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call, and what a refusal of it means."""

    verb: str
    path: str
    permission: str
    about: str  # what is not there when it answers 404
    body: Any = None


class Portal:
    """`new` makes the HTTP side: one that only reads, or one that writes too."""

    def __init__(self, client: login.Client, secrets: Opener, new: Callable[[http_site.Site], http.Requests]) -> None:
        self.client, self._secrets, self._new = client, secrets, new
        self._site = http_site.site(client.portal, client.connection)
        self._http: http.Requests | None = None
        self._token: SecretValue | None = None

    @classmethod
    def reading(cls, client: login.Client, secrets: Opener) -> Portal:
        return cls(client, secrets, lambda site: http.ReadOnlyHttp(site, READS, keep=True))

    @classmethod
    def writing(cls, client: login.Client, secrets: Opener) -> Portal:
        return cls(client, secrets, lambda site: http.Http(site, keep=True))

    def get(self, path: str, *, permission: str, about: str) -> Any:
        """The JSON at a path. Raises PlatformError: no connection, a refused token, a missing permission."""
        return self.send(Call(verb="GET", path=path, permission=permission, about=about)).json()

    def send(self, call: Call) -> Answer:
        """A success; PlatformError for all else. A token that is refused is fetched anew, once."""
        answer = self._patient(call, self._connected(None))
        if answer.status == 401:
            answer = self._patient(call, self._connected(self._token))
        if 200 <= answer.status < 300:
            return answer
        raise _refusal(answer, call, self.client)

    def _patient(self, call: Call, to: http.Requests) -> Answer:
        """Each attempt takes its turn in the bucket; other processes may have used the vendor's up."""
        deadline, usual = time.monotonic() + PATIENCE, 1.0
        while True:
            for bucket in _buckets(self.client.portal, call):
                bucket.take()
            # a PATCH sets values, and ApplyConfigs applies a revision: twice is as once
            answer = to.request(call.verb, call.path, call.body, idempotent=True, accept=_HANDLED)
            asked = answer.retry_after()
            wait = usual * random.uniform(0.5, 1.0) if asked is None else asked  # noqa: S311  # jitter, not a secret
            if answer.status != 429 or time.monotonic() + wait > deadline:
                return answer
            rate_limit.pause(wait, f"{self.client.portal} answers 429: other runs share its rate limit")
            usual = min(usual * 2, 30.0)

    def _connected(self, refused: SecretValue | None) -> http.Requests:
        if self._http is None or refused is not None:
            self.close()
            self._token = login.token(self.client, self._secrets, unlike=refused)
            self._http = self._new(replace(self._site, headers={"Authorization": ("Bearer ", self._token)}))
        return self._http

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None


def segment(text: str) -> str:
    """A key of the vendor's as one part of a path."""
    return quote(text, safe="")


def items(found: Any, name: str, what: str) -> list[dict[str, Any]]:
    """A list of objects in an answer; null is empty. Raises PlatformAnswer for any other shape."""
    listed = found.get(name) if isinstance(found, dict) else ""
    listed = [] if listed is None else listed
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise PlatformAnswer(
            f"{what}: the answer has no list {name}", why="it does not match the published API", fix="try again later"
        )
    return listed


def _buckets(portal: str, call: Call) -> list[rate_limit.Bucket]:
    api = next(api for api in LIMITS if call.path.startswith(api))
    host, name = urlsplit(portal).netloc, api.split("/")[2]
    found = [rate_limit.bucket(f"{host} ({name})", LIMITS[api], WINDOW)]
    if call.verb == "POST" and api in POSTS:
        found.append(rate_limit.bucket(f"{host} ({name}, POST)", POSTS[api], WINDOW))
    return found


def _refusal(answer: Answer, call: Call, client: login.Client) -> PlatformError:
    status, said = answer.status, _problem(answer)
    what = f"{call.about}: {client.portal} answered {status}{said}"
    if status == 401:
        return PlatformDenied(
            what,
            why="a fresh token was refused too",
            fix=f"check that API client {client.client_id} still exists: ODC Portal, Management > Govern > API clients",
        )
    if status == 403:
        return PlatformDenied(
            f'the API client lacks "{call.permission}" for this stage: {client.portal} answered 403{said}',
            why=f"it is needed for {call.about}",
            fix=f"give it to API client {client.client_id}: ODC Portal, Management > Govern > API clients",
        )
    if status == 404:
        return PlatformMissing(what, fix="it existed a moment ago; plan again")
    if status == 429:
        return PlatformBusy(
            what, why="its rate limit is used up; other runs share it", fix="try again in a few minutes"
        )
    kind = PlatformAnswer if status >= 500 else PlatformRefused
    return kind(what, fix="report the trace id to OutSystems Support" if "trace" in said else None)


def _problem(answer: Answer) -> str:
    """What the vendor's ProblemDetails says, in a line; of anything else the first words."""
    try:
        found = answer.json()
    except PlatformAnswer:
        return f": {answer.first_words()}"
    if not isinstance(found, dict):
        return ""
    told = [str(found[name]) for name in ("title", "detail") if found.get(name)]
    told += [f"trace id {found['traceId']}"] if found.get("traceId") else []
    return f": {answer.shown('; '.join(told))}" if told else ""
