"""HTTP against real servers on loopback that misbehave in the ways real ones do."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import trustme
from lab.servers.proxies import ConnectProxy

from reconciler.drivers.http import permitted
from reconciler.drivers.http.client import Http, ReadOnlyHttp, pauses
from reconciler.drivers.http.site import Site, site
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
    PlatformUnreachable,
    WriteForbidden,
)
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretValue
from reconciler.network import session

SECRET = "s3cr3t-Value"
Client = Callable[..., Http]


@pytest.fixture
def client(served: Any) -> Iterator[Client]:
    made: list[Http] = []

    def make(url: str | None = None, **given: Any) -> Http:
        made.append(Http(Site(url=url or served.url, **{"timeout": 5.0, **given})))
        return made[-1]

    yield make
    for http in made:
        http.close()


def answer(status: int, body: str = "{}", content_type: str = "application/json", **headers: str) -> Any:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        sent = {"Content-Type": content_type, "Content-Length": str(len(body.encode())), **headers}
        for name, value in sent.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body.encode())

    return reply


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def told(error: PlatformError) -> str:
    return f"{error.what} {error.why} {error.fix} {error!r}"


def test_get_gives_the_json(served: Any, client: Client) -> None:
    served.replies = [answer(200, '{"a": 1}')]
    assert client().get("/x", {"q": "a b"}) == {"a": 1}
    assert served.requests[0][:2] == ("GET", "/x?q=a+b")


def test_secrets_are_opened_in_headers_and_body(served: Any, client: Client) -> None:
    served.replies = [answer(200)]
    http = client(headers={"Authorization": ("Bearer ", SecretValue("tok"))})
    http.request("POST", "/x", {"deep": [{"password": SecretValue(SECRET)}]})
    _, _, headers, body = served.requests[0]
    assert headers["Authorization"] == "Bearer tok"
    assert json.loads(body) == {"deep": [{"password": SECRET}]}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, PlatformRefused),
        (401, PlatformDenied),
        (403, PlatformDenied),
        (404, PlatformMissing),
        (422, PlatformRefused),
        (500, PlatformAnswer),
    ],
)
def test_a_refusal_becomes_its_error(status: int, error: type[PlatformError], served: Any, client: Client) -> None:
    served.replies = [answer(status, '{"message": "no"}')]
    with pytest.raises(error, match=str(status)):
        client().get("/x")
    assert len(served.requests) == 1


def test_html_with_500_shows_its_first_words_only(served: Any, client: Client) -> None:
    page = f"<html><head><style>x</style></head><h1>Internal Server Error</h1>{'word ' * 900}{SECRET}</html>"
    served.replies = [answer(500, page, "text/html; charset=utf-8")]
    with pytest.raises(PlatformAnswer, match=r"500 with text/html: 'Internal Server Error word") as caught:
        client().get("/x")
    assert len(caught.value.what) < 200


def test_a_page_that_echoes_the_secret_is_shown_without_it(served: Any, client: Client) -> None:
    served.replies = [answer(500, f"<p>you sent {SECRET}</p>", "text/html")]
    with pytest.raises(PlatformAnswer, match=r"you sent \*\*\*") as caught:
        client().request("POST", "/x", {"password": SecretValue(SECRET)})
    assert SECRET not in told(caught.value)


@pytest.mark.parametrize("body", ['{"a": [1, 2', "", "[" * 5000], ids=["truncated", "empty", "deep"])
def test_broken_json_is_an_error(body: str, served: Any, client: Client) -> None:
    served.replies = [answer(200, body or " ")]
    with pytest.raises(PlatformAnswer, match="truncated or broken"):
        client().get("/x")


def test_a_body_shorter_than_announced_is_an_error(served: Any, client: Client) -> None:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        answer(200, '{"a": 1}', **{"Content-Length": "100"})(handler)
        hang_up(handler)

    served.replies = [reply]
    with pytest.raises(PlatformUnreachable, match="was lost"):
        client().request("POST", "/x", {})


def test_an_answer_without_end_is_cut_off(served: Any, client: Client) -> None:
    served.replies = [answer(200, "1" * (9 * 1024 * 1024))]
    with pytest.raises(PlatformAnswer, match="8 MiB"):
        client().get("/x")


def test_a_redirect_names_both_and_is_not_followed(served: Any, client: Client) -> None:
    served.replies = [answer(302, Location="https://elsewhere.example.com/login?token=abc")]
    with pytest.raises(PlatformAnswer) as caught:
        client(headers={"Authorization": SecretValue(SECRET)}).get("/x")
    assert f"{served.url}/x" in caught.value.what
    assert "https://elsewhere.example.com/login" in caught.value.what
    assert "abc" not in told(caught.value)
    assert len(served.requests) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_read_is_tried_again(status: int, served: Any, client: Client) -> None:
    served.replies = [answer(status), answer(status), answer(200, "7")]
    assert client().get("/x") == 7


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(form: str, served: Any, client: Client) -> None:
    when = "1" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    served.replies = [answer(429, Retry_After=when), answer(200, "7")]
    start = time.monotonic()
    assert client().get("/x") == 7
    assert time.monotonic() - start >= 0.9


def test_retry_after_beyond_the_deadline_ends_at_once(served: Any, client: Client) -> None:
    served.replies = [answer(429, Retry_After="3600")]
    start = time.monotonic()
    with pytest.raises(PlatformBusy, match="asks us to wait 3600 s"):
        client().get("/x")
    assert time.monotonic() - start < 15


def test_a_server_that_stays_busy_ends_with_the_deadline(served: Any, client: Client) -> None:
    served.replies = [answer(503, "<html>", "text/html")]
    start = time.monotonic()
    with pytest.raises(PlatformBusy):
        client(timeout=1.0).get("/x")
    assert time.monotonic() - start < 15
    assert len(served.requests) > 1


@pytest.mark.parametrize("reply", [answer(503), hang_up], ids=["503", "reset"])
def test_a_write_is_sent_once(reply: Any, served: Any, client: Client) -> None:
    served.replies = [reply]
    with pytest.raises(PlatformError):
        client().request("POST", "/x", {})
    assert len(served.requests) == 1


@pytest.mark.parametrize("reply", [answer(503), hang_up], ids=["503", "reset"])
def test_an_idempotent_write_is_sent_again(reply: Any, served: Any, client: Client) -> None:
    served.replies = [reply, answer(200, "7")]
    assert client().request("PUT", "/x", {}, idempotent=True).json() == 7


def test_a_slow_server_ends_with_the_deadline(served: Any, client: Client) -> None:
    served.replies = [lambda _: time.sleep(1.5)]
    with pytest.raises(PlatformUnreachable, match=r"no complete answer within 0.6 s") as caught:
        client(timeout=0.6).get("/x")
    assert "connection.timeout" in told(caught.value)


def test_a_server_that_is_down_is_told(client: Client) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        with pytest.raises(PlatformUnreachable, match="connection refused"):
            client(f"http://127.0.0.1:{taken.getsockname()[1]}").get("/x")


def test_a_name_that_is_not_known_is_told(client: Client) -> None:
    with pytest.raises(PlatformUnreachable, match="name does not resolve"):
        client("https://nobody.invalid").get("/x")


def test_a_certificate_of_an_unknown_authority_is_refused(served_tls: Any, client: Client) -> None:
    served_tls.replies = [answer(200)]
    with pytest.raises(PlatformUnreachable, match="is not trusted") as caught:
        client(served_tls.url).get("/x")
    assert "connection.ca_file" in told(caught.value)
    assert served_tls.requests == []


def test_ca_file_makes_it_trusted(served_tls: Any, authority: trustme.CA, client: Client, tmp_path: Path) -> None:
    served_tls.replies = [answer(200, "7")]
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    assert client(served_tls.url, ca_file=str(tmp_path / "ca.pem")).get("/x") == 7


def test_a_certificate_for_another_name_is_refused(
    served_tls: Any, authority: trustme.CA, client: Client, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with pytest.raises(PlatformUnreachable, match=r"mismatch|valid for"):
        client(served_tls.url.replace("127.0.0.1", "localhost"), ca_file=str(tmp_path / "ca.pem")).get("/x")


def test_a_client_certificate_is_shown(served_tls: Any, authority: trustme.CA, client: Client, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("me").private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
    served_tls.demand_certificate(authority)
    served_tls.replies = [answer(200, "7")]
    known = client(served_tls.url, ca_file=str(tmp_path / "ca.pem"), client_certificate=str(tmp_path / "me.pem"))
    assert known.get("/x") == 7
    with pytest.raises(PlatformUnreachable):
        client(served_tls.url, ca_file=str(tmp_path / "ca.pem")).get("/x")


@pytest.mark.parametrize("content", [None, "not a certificate"], ids=["missing", "garbage"])
def test_a_ca_file_that_cannot_be_read_is_told(
    content: str | None, served_tls: Any, client: Client, tmp_path: Path
) -> None:
    if content:
        (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(PlatformUnreachable, match="certificate file cannot be read"):
        client(served_tls.url, ca_file=str(tmp_path / "ca.pem")).get("/x")


def test_tls_to_a_plain_port_is_told(served: Any, client: Client) -> None:
    with pytest.raises(PlatformUnreachable, match="does not speak TLS"):
        client(served.url.replace("http:", "https:")).get("/x")


def test_the_environment_changes_nothing(served: Any, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    served.replies = [answer(200, "7")]
    assert client().get("/x") == 7


def test_a_proxy_that_is_down_is_told(client: Client) -> None:
    with pytest.raises(PlatformUnreachable, match="proxy") as caught:
        client("https://example.com", proxy=f"http://user:{SECRET}@127.0.0.1:9").get("/x")
    assert SECRET not in told(caught.value)
    assert caught.value.__suppress_context__  # the library's exception holds the request, and that the credentials


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_serves_and_is_verified_as_the_site_is(
    scheme: str, served_tls: Any, authority: trustme.CA, client: Client, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    served_tls.replies = [answer(200, "7")]
    with ConnectProxy() as proxy:
        if scheme == "https":
            proxy._server.socket = served_tls.tls.wrap_socket(proxy._server.socket, server_side=True)
        through = f"{scheme}://127.0.0.1:{proxy.port}"
        assert client(served_tls.url, ca_file=str(tmp_path / "ca.pem"), proxy=through).get("/x") == 7
        assert set(proxy.asked) == {("127.0.0.1", served_tls.port)}  # a read is repeated where a connection is lost
        with pytest.raises(PlatformUnreachable, match="is not trusted"):
            client(served_tls.url, ca_file=str(tmp_path / "other.pem"), proxy=through).get("/x")


@pytest.mark.parametrize(
    "url",
    ["http://odoo.example.com", "ftp://example.com", "example.com", f"https://u:{SECRET}@example.com", "https://[::1"],
)
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(PlatformUnreachable) as caught:
        Http(Site(url=url))
    assert SECRET not in told(caught.value)


@pytest.mark.parametrize("value", [f"{SECRET}\r\nX: y", f"{SECRET}\n", f"€{SECRET}"])
def test_a_secret_that_no_header_can_hold_is_refused_without_showing_it(value: str, client: Client) -> None:
    with pytest.raises(PlatformError, match="Authorization") as caught:
        client(headers={"Authorization": ("Bearer ", SecretValue(value))}).get("/x")
    assert SECRET not in told(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "/items/1"),
        ("GET", "/other"),
        ("GET", "/items/1/2"),
        ("GET", "/items/1#2"),
        ("GET", "/items/.."),
        ("GET", "/items/%2e%2e"),
        ("GET", "/items/a%2Fb"),
        ("GET", "/items/"),
    ],
)
def test_a_reader_is_refused_what_is_not_on_its_list(verb: str, path: str, served: Any) -> None:
    served.replies = [answer(200)]
    http = ReadOnlyHttp(Site(url=served.url), [("GET", "/items/*"), ("POST", "/search")])
    with pytest.raises(WriteForbidden):
        http.request(verb, path)
    assert served.requests == []


def test_a_reader_may_request_what_is_on_its_list(served: Any) -> None:
    served.replies = [answer(200, "7")]
    http = ReadOnlyHttp(Site(url=served.url), [("GET", "/items/*"), ("POST", "/search")])
    assert http.get("/items/1") == http.request("POST", "/search", {}).json() == 7
    http.close()


def test_site_takes_the_common_keys_of_a_connection() -> None:
    found = site(
        "https://h/", {"ca_file": "ca.pem", "timeout": 7, "client_certificate": {"certificate": "c", "key": "k"}}
    )
    assert found == Site(url="https://h", ca_file="ca.pem", timeout=7.0, client_certificate=("c", "k"))


def test_pauses_grow_and_end() -> None:
    assert len(list(zip(range(50), pauses(0.0), strict=False))) == 1
    grown = [pause for pause, _ in zip(pauses(time.monotonic() + 9), range(8), strict=False)]
    assert 0.1 <= grown[0] <= 0.2
    assert 2.5 <= grown[-1] <= 5


def test_kept_connections_serve_the_next_unit_and_nothing_else_of_the_first(served: Any) -> None:
    ports: list[int] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        ports.append(handler.client_address[1])
        answer(200, Set_Cookie="session=of-the-first; Path=/")(handler)

    served.replies = [reply]
    for token in ("one", "two"):
        http = Http(Site(url=served.url, headers={"Authorization": SecretValue(token)}), keep=True)
        http.get("/x")
        http.close()
    session.close_idle()
    assert len(set(ports)) == 1
    assert [headers.get("Authorization") for _, _, headers, _ in served.requests] == ["one", "two"]
    assert not any("Cookie" in headers for _, _, headers, _ in served.requests)


def test_what_the_caller_accepts_is_not_tried_again(served: Any, client: Client) -> None:
    served.replies = [answer(429)]
    assert client().request("GET", "/x", accept={429}).status == 429
    assert len(served.requests) == 1


def test_no_request_leaves_once_nothing_may_be_written(served: Any, client: Client) -> None:
    """A write may be several requests: between them others may have taken it over."""
    served.replies = [answer(200), answer(200)]
    lost = Finding(severity=Severity.ERROR, rule="claim-lost", what="others have it now")
    told: list[Finding | None] = [None, lost]
    http = client()
    with permitted.asked(lambda: told.pop(0)):
        http.request("POST", "/first", {})
        with pytest.raises(PlatformError, match="others have it now"):
            http.request("POST", "/second", {})
    http.request("POST", "/third", {})
    assert [path for _, path, *_ in served.requests] == ["/first", "/third"]
