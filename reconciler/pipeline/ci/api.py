"""One exchange of JSON with the host of a repository. Its token goes there, and is in no message."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from reconciler.errors import ReconcilerError

_SECONDS = 30.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_DENIED = (401, 403, 404)  # a token without a right is told that there is nothing


class HostError(ReconcilerError):
    """The host of the repository cannot be reached, or refuses."""

    rule = "comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """`url` is what paths are below; `right` says what the token needs, for who has to give it; `thing` is what for."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    right: str
    thing: str = "comment"

    def ask(self, verb: str, path: str, body: object = None) -> Any:
        """What was answered. Raises HostError."""
        status, content = self._exchange(verb, path, body)
        if status in _DENIED:
            raise HostError(f"the {self.thing} was refused ({status})", fix=self.right)
        if not 200 <= status < 300:
            raise HostError(f"the {self.thing} was not taken: {self._name} answers {status}", fix="run the job again")
        return self._parsed(content)

    def allowed(self, path: str) -> Any:
        """The same of a question that a token may have no right to ask: None then."""
        status, content = self._exchange("GET", path, None)
        return self._parsed(content) if status == 200 else None

    @property
    def _name(self) -> str:
        return urlsplit(self.url).netloc

    def _parsed(self, content: bytes) -> Any:
        try:
            return json.loads(content) if content else None
        except ValueError:
            raise HostError(f"{self._name} answers what is no JSON", fix="check the address of its API") from None

    def _exchange(self, verb: str, path: str, body: object) -> tuple[int, bytes]:
        from reconciler.network import session  # 60 ms that a job without a comment does not need
        from reconciler.network.failure import FAILURES, reason

        where = urlsplit(self.url)
        if where.scheme != "https" and where.hostname not in _LOOPBACK:
            raise HostError(f"{self._name} is not asked: its address is not https", fix="give it a certificate")
        sent = None if body is None else json.dumps(body).encode()
        given = {"Accept": "application/json", "Content-Type": "application/json", **self.headers}
        deadline = time.monotonic() + _SECONDS
        try:
            with session.of_environment(self.url) as opened:
                status, _, content = session.send(
                    opened, verb, f"{self.url}{path}", headers=given, body=sent, deadline=deadline
                )
        except FAILURES as error:
            what = f"the {self.thing} was not written: {self._name}: {reason(error)}"
            raise HostError(what, fix="run it again") from None
        return status, content
