"""Requests of somebody else's making: sent as they are, answered as they are."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from reconciler.drivers.http.carried import Carried
from reconciler.drivers.http.site import Site
from reconciler.errors import PlatformUnreachable


def answering(status: int, text: bytes = b"", **headers: str) -> Any:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            for one in value.split("\n"):
                handler.send_header(name.replace("_", "-"), one)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    return reply


def carrier(url: str, timeout: float = 5.0) -> Carried:
    return Carried(Site(url=url, timeout=timeout))


def test_verb_headers_and_body_go_out_as_they_are(served: Any) -> None:
    served.replies = [answering(200, b"yes")]

    found = carrier(served.url).exchange("PUT", f"{served.url}/a?b=1", {"content-type": "text/x"}, b"\x00body")

    ((verb, path, headers, body),) = served.requests
    assert (found[0], found[2]) == (200, b"yes")
    assert (verb, path, body) == ("PUT", "/a?b=1", b"\x00body")
    assert {name.lower(): text for name, text in headers.items()}["content-type"] == "text/x"


def test_each_cookie_comes_on_a_line_of_its_own(served: Any) -> None:
    two = "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT\nb=2"
    served.replies = [answering(200, Set_Cookie=two)]

    assert carrier(served.url).exchange("GET", served.url + "/", {}, None)[1]["set-cookie"] == two


def test_a_redirect_is_an_answer(served: Any) -> None:
    served.replies = [answering(302, Location="https://elsewhere.example.com/")]

    status, headers, _ = carrier(served.url).exchange("GET", served.url + "/", {}, None)

    assert (status, headers["location"], len(served.requests)) == (302, "https://elsewhere.example.com/", 1)


@pytest.mark.parametrize(
    ("verb", "busy", "asked"), [("GET", 503, 2), ("GET", 429, 2), ("POST", 429, 2), ("POST", 503, 1)]
)
def test_a_passing_failure_is_tried_again_where_nothing_was_done(served: Any, verb: str, busy: int, asked: int) -> None:
    served.replies = [answering(busy), answering(200)]

    status = carrier(served.url).exchange(verb, served.url + "/", {}, b"" if verb == "POST" else None)[0]

    assert (status, len(served.requests)) == (200 if asked == 2 else busy, asked)


def test_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(PlatformUnreachable, match="connection refused"):
        carrier("http://127.0.0.1:9").exchange("GET", "http://127.0.0.1:9/", {}, None)
