"""An end to time, whatever a server does; and identity tokens of GitHub, which come over HTTP too."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lab.servers.entra.server import EntraServer
from lab.servers.proxies import ConnectProxy
from support.entra_clients import CLIENT

from reconciler.errors import TokenRefused, TokenUnreachable
from reconciler.model.handshake import OAuth2
from reconciler.oauth.grant import Limits
from reconciler.oauth.tokens import Tokens
from reconciler.oauth.web import Web


@contextmanager
def serving(first: bytes, piece: bytes = b"", pieces: int = 0) -> Iterator[str]:
    """Answers one request on loopback, piece by piece, each within the time for a read."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            try:
                connection.sendall(first)
                for _ in range(pieces):
                    time.sleep(0.05)
                    connection.sendall(piece)
            except OSError:
                return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/token"
    thread.join(5)
    listener.close()


@pytest.mark.parametrize(
    ("first", "piece"),
    [(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b" ")],
    ids=["headers", "body"],
)
def test_answer_that_drips_ends_in_time(first: bytes, piece: bytes) -> None:
    begin, limits = time.monotonic(), Limits(connect=1, read=0.4, total=0.5)
    with serving(first, piece, 240) as url, Web(ca_file=None, proxy=None, limits=limits) as web:
        with pytest.raises(TokenUnreachable, match="no complete answer in time"):
            web.request("POST", url)
        assert time.monotonic() - begin < 8  # it drips for 12


@pytest.mark.parametrize("content", ["", "not a certificate"])
def test_ca_file_that_is_none_is_told(content: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(TokenRefused, match="no CA certificate could be read"):
        Web(ca_file=str(tmp_path / "ca.pem"), proxy=None, limits=Limits())


def test_answer_that_breaks_off_is_told() -> None:
    cut, limits = b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{}", Limits(total=2)
    told = pytest.raises(TokenUnreachable, match="was lost")
    with serving(cut) as url, Web(ca_file=None, proxy=None, limits=limits) as web, told:
        web.request("POST", url)


def test_ca_file_that_is_a_pipe_is_waited_for_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ca.pem")
    with pytest.raises(TokenRefused, match="no CA certificate could be read"):
        Web(ca_file=str(tmp_path / "ca.pem"), proxy=None, limits=Limits())


Make, Ask = Callable[..., Tokens], Callable[..., OAuth2]


def test_declared_proxy_leads_to_the_token_server(entra: EntraServer, tokens: Make, question: Ask) -> None:
    with ConnectProxy() as proxy:
        assert tokens().token(question(proxy=proxy.url)).claims
    assert {f"{host}:{port}" for host, port in proxy.asked} == {entra.authority_host}


def test_proxy_that_does_not_answer_is_named(entra: EntraServer, tokens: Make, question: Ask) -> None:
    with pytest.raises(TokenUnreachable, match="its proxy is unreachable") as caught:
        tokens().token(question(proxy="http://127.0.0.1:1"))
    assert (caught.value.fix, entra.requests) == ("check oauth2.proxy", [])


def test_clear_text_stays_on_this_machine_whatever_the_proxy() -> None:
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with serving(body) as url, Web(ca_file=None, proxy="http://127.0.0.1:1", limits=Limits()) as web:
        assert web.request("POST", url).data == {}


def test_ca_that_is_missing_is_asked_for_by_its_key(entra: EntraServer) -> None:
    with Web(ca_file=None, proxy=None, limits=Limits()) as web, pytest.raises(TokenUnreachable) as caught:
        web.request("GET", entra.issuer)
    assert "in oauth2.ca_file" in str(caught.value.fix)
    platform = Web(ca_file=None, proxy=None, limits=Limits(), declared="connection")
    with platform as web, pytest.raises(TokenUnreachable) as caught:
        web.request("GET", entra.issuer)
    assert "in connection.ca_file" in str(caught.value.fix)


def test_identity_of_github_is_asked_for_with_the_audience(
    entra: EntraServer,
    tokens: Callable[..., Tokens],
    question: Callable[..., OAuth2],
    identity: Callable[..., str],
) -> None:
    body = json.dumps({"value": identity()}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    with serving(head % len(body) + body) as url:
        environ = {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "c4nary-runner"}
        assert tokens(environ=environ).token(question(federated="github")).claims["appid"] == CLIENT
    assert "client_assertion" in entra.asked[0].form
