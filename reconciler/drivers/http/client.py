"""JSON over HTTP: https only, no redirects, one deadline per call, passing failures retried. No platform names here.

`ReadOnlyHttp` refuses every verb and path that is not on its list: what holds it cannot write.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlencode

from reconciler.drivers.http import permitted, rate_limit
from reconciler.drivers.http.answer import PASSING, Answer, refusal
from reconciler.drivers.http.site import Site, check_url, opened
from reconciler.errors import PlatformError, WriteForbidden
from reconciler.model.secret import SecretValue

if TYPE_CHECKING:
    from requests import Session

TOO_MANY = 429
SAFE_VERBS = frozenset({"GET", "HEAD"})


class Requests(Protocol):
    """What `Http` and `ReadOnlyHttp` have in common."""

    @property
    def site(self) -> Site: ...

    def request(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        idempotent: bool | None = None,
        accept: Container[int] = (),
        timeout: float | None = None,
    ) -> Answer:
        """A successful answer, or one whose status is in `accept`; else raises a PlatformError.

        `body` is sent as JSON; SecretValue leaves are opened while it is written. Passing failures are tried again
        until the deadline when `idempotent` says so (default: GET and HEAD). `timeout` is in seconds.
        """
        ...

    def close(self) -> None: ...


class Http:
    """With `keep`, closing leaves the connections open for the next unit that asks the same site in this process."""

    def __init__(self, site: Site, *, keep: bool = False) -> None:
        check_url(site.url)
        self.site, self._keep = site, keep

    @cached_property
    def _session(self) -> Session:
        from reconciler.network import session as http_session

        if self._keep:
            return http_session.borrowed(self.site.url, **self._trust)
        return http_session.new(**self._trust)

    @property
    def _trust(self) -> dict[str, Any]:
        site = self.site
        return {"ca_file": site.ca_file, "proxy": site.proxy, "certificate": site.client_certificate}

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON at a path. Raises PlatformError as `request` does, and PlatformAnswer for what is not JSON."""
        return self.request("GET", path + ("?" + urlencode(params) if params else "")).json()

    def request(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        idempotent: bool | None = None,
        accept: Container[int] = (),
        timeout: float | None = None,
    ) -> Answer:
        """The answer, after retries; `timeout` is in seconds, for all of them. Raises PlatformError."""
        seconds = timeout or self.site.timeout
        deadline = time.monotonic() + seconds
        again = verb in SAFE_VERBS if idempotent is None else idempotent
        for pause in pauses(deadline):
            answer = self._exchange(verb, path, body, deadline=deadline, seconds=seconds, again=again)
            if isinstance(answer, Answer) and (answer.status not in PASSING or answer.status in accept):
                break  # what the caller accepts is the caller's to repeat
            asked = answer.retry_after() if isinstance(answer, Answer) else None
            wait = pause if asked is None else asked
            # a rate limit answers before anything is done: whatever was asked may be asked again
            refused = isinstance(answer, Answer) and answer.status == TOO_MANY
            if not (again or refused) or time.monotonic() + wait >= deadline:
                break
            rate_limit.pause(wait, f"{self.site.url} is busy" if asked is None else f"{self.site.url} asks for it")
        if isinstance(answer, PlatformError):
            raise answer
        if 200 <= answer.status < 300 or answer.status in accept:
            return answer
        raise refusal(answer)

    def _exchange(
        self, verb: str, path: str, body: Any, *, deadline: float, seconds: float, again: bool
    ) -> Answer | PlatformError:
        """One attempt. A broken connection comes back as a value when the request may be sent again."""
        from reconciler.drivers.http import failure as http_failure
        from reconciler.network import failure as network
        from reconciler.network import session as http_session

        permitted.check()
        url = self.site.url + path
        headers = {"Accept": "application/json", **opened(self.site.headers)}
        content = None if body is None else json.dumps(body, default=_reveal).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            status, received, data = http_session.send(
                self._session, verb, url, headers=headers, body=content, deadline=deadline
            )
        except network.FAILURES as error:
            problem = http_failure.unreachable(error, url, seconds)
            if again and network.reset(error):
                return problem
            raise problem from None  # the library's exception holds the request, and that the credentials
        what = f"{verb} {self.site.url}{path.partition('?')[0]}"
        return Answer(what=what, status=status, headers=received, content=data, sent=(self.site.headers, body))

    def close(self) -> None:
        session = self.__dict__.pop("_session", None)
        if session is not None and self._keep:
            from reconciler.network import session as http_session

            http_session.given_back(session, self.site.url, **self._trust)
        elif session is not None:
            session.close()


class ReadOnlyHttp:
    """`reads` are (verb, path) pairs; a `*` in a path stands for one segment."""

    def __init__(self, site: Site, reads: Sequence[tuple[str, str]], *, keep: bool = False) -> None:
        self._http = Http(site, keep=keep)
        self._reads = re.compile("|".join(f"{verb} {_pattern(path)}" for verb, path in reads))

    @property
    def site(self) -> Site:
        return self._http.site

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON at a path. Raises WriteForbidden for what is not on the list of reads, else as `Http.get`."""
        self._check("GET", path)
        return self._http.get(path, params)

    def request(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        idempotent: bool | None = None,
        accept: Container[int] = (),
        timeout: float | None = None,
    ) -> Answer:
        """As `Http.request`. Raises WriteForbidden for what is not on the list of reads. `timeout` is in seconds."""
        self._check(verb, path)
        return self._http.request(verb, path, body, idempotent=idempotent, accept=accept, timeout=timeout)

    def _check(self, verb: str, path: str) -> None:
        plain = path.partition("?")[0]
        # a server may decode and resolve what we compare as text, and what follows # is not sent at all
        odd = "#" in path or any(
            unquote(part) in (".", "..") or re.search(r"[/\\]", unquote(part)) for part in plain.split("/")
        )
        if odd or not self._reads.fullmatch(f"{verb} {plain}"):
            raise WriteForbidden(
                f"{verb} {plain}: not on the list of requests that a reader may make", why="readers only read"
            )

    def close(self) -> None:
        self._http.close()


def pauses(deadline: float) -> Iterator[float]:
    """Seconds to wait after each attempt: doubled each time, with jitter so that many units do not come in step.

    The last pause reaches beyond `deadline` (of `time.monotonic`), so a loop that compares ends.
    """
    pause = 0.2
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, not a secret
        if time.monotonic() >= deadline:
            return
        pause = min(pause * 2, 5.0)


def _pattern(path: str) -> str:
    return "[^/]+".join(map(re.escape, path.split("*")))


def _reveal(leaf: object) -> str:
    if isinstance(leaf, SecretValue):
        return leaf.reveal()
    raise TypeError(f"{type(leaf).__name__} cannot be sent as JSON")
