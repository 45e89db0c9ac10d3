"""A request and its answer as data, so that pages and rules need no server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, parse_qsl

HTML, JSON, TEXT, SCRIPT = "text/html; charset=utf-8", "application/json", "text/plain", "text/javascript"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    verb: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    def cookie(self, name: str) -> str | None:
        found = SimpleCookie(self.headers.get("cookie", "")).get(name)
        return found.value if found else None

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def asked(self, name: str) -> list[str]:
        return parse_qs(self.query, keep_blank_values=True).get(name, [])

    def document(self) -> Any:
        """The JSON of the body; None where there is none, or it is broken."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    body: str = ""
    status: int = 200
    kind: str = HTML
    headers: tuple[tuple[str, str], ...] = ()


def document(found: Any, status: int = 200) -> Answer:
    return Answer(body=json.dumps(found), status=status, kind=JSON)


def redirect(to: str) -> Answer:
    return Answer(status=302, headers=(("Location", to),))
