"""A call ends with its deadline, whatever the server does; and no other call ends with it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import trustme

from reconciler.drivers.http.client import Http
from reconciler.drivers.http.site import Site
from reconciler.errors import PlatformUnreachable
from reconciler.network.deadline import Adapter, Until

PATIENCE = 10.0  # seconds that a server drips; a call that ends with it has lost its deadline
HEAD = b"HTTP/1.1 200 OK\r\n"
HANDSHAKE = b"\x16\x03\x03\x40\x00"  # the header of a TLS record of 16 KiB


@contextmanager
def dripping(first: bytes, piece: bytes, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Its authority. Sends a little, or reads a little, often enough that no single step runs into a timeout."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with suppress(OSError):
            if tls:
                connection = tls.wrap_socket(connection, server_side=True)
            with connection:
                connection.recv(65536)
                connection.sendall(first)
                ends = time.monotonic() + PATIENCE
                while time.monotonic() < ends and not over.wait(0.05):
                    connection.sendall(piece) if piece else connection.recv(65536)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def ends_in_time(site: Site, body: Any = None) -> None:
    http, start = Http(site), time.monotonic()
    try:
        with pytest.raises(PlatformUnreachable, match=f"no complete answer within {site.timeout:g} s"):
            http.request("POST", "/x", body)
    finally:
        http.close()
    assert time.monotonic() - start < PATIENCE / 2


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"", b""),
        (HEAD + b"X-Long: ", b"a"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b"1"),
        (HEAD + b"Connection: close\r\n\r\n", b"1"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000),
    ],
    ids=["silent", "headers", "body", "body without length", "chunks", "100 Continue for ever"],
)
def test_an_answer_that_drips(first: bytes, piece: bytes) -> None:
    with dripping(first, piece) as authority:
        ends_in_time(Site(url=f"http://{authority}", timeout=0.5))


@pytest.mark.parametrize(
    ("first", "piece", "size"),
    [(HEAD + b"Content-Length: 1000\r\n\r\n", b"1", 0), (b"", b"", 30_000_000)],
    ids=["body", "request that is read slowly"],
)
def test_a_server_that_drips_by_tls(
    first: bytes, piece: bytes, size: int, authority: trustme.CA, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with dripping(first, piece, tls=context) as place:
        ends_in_time(Site(url=f"https://{place}", ca_file=str(tmp_path / "ca.pem"), timeout=0.5), "x" * size)


def test_a_tls_handshake_that_drips() -> None:
    with dripping(HANDSHAKE, b"\x00") as authority:
        ends_in_time(Site(url=f"https://{authority}", timeout=0.5))


@pytest.mark.parametrize(
    ("first", "piece"),
    [(HEAD + b"X-Long: ", b"a"), (HEAD + b"\r\n", HANDSHAKE + b"\x00")],
    ids=["answer to CONNECT", "handshake behind it"],
)
def test_a_proxy_that_drips(first: bytes, piece: bytes) -> None:
    with dripping(first, piece) as authority:
        ends_in_time(Site(url="https://example.com", proxy=f"http://{authority}", timeout=0.5))


def test_what_is_left_is_not_counted_anew_when_urllib3_copies_it() -> None:
    assert Until(time.monotonic() - 1).clone().connect_timeout < 0


def test_a_step_has_what_those_before_it_left(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = socket.getaddrinfo("127.0.0.1", served.port, type=socket.SOCK_STREAM)

    def slowly(*_given: Any) -> Any:
        time.sleep(0.1)
        return found

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    connection = (
        Adapter(ssl.create_default_context)
        .poolmanager.pool_classes_by_scheme["http"]
        .ConnectionCls("127.0.0.1", served.port)
    )
    connection.timeout = 30.0
    connection.connect()
    assert connection.sock.gettimeout() <= 29.9
    time.sleep(0.1)
    connection.send(b"GET")
    assert connection.sock.gettimeout() <= 29.8
    connection.close()


def test_a_deadline_that_is_over_ends_no_later_call_on_the_same_connection(served: Any) -> None:
    ports = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        if ports:
            time.sleep(0.6)
        ports.append(handler.client_address[1])
        handler.wfile.write(HEAD + b"Content-Length: 1\r\n\r\n7")

    served.replies = [reply]
    http = Http(Site(url=served.url))
    assert [http.request("POST", "/x", timeout=seconds).json() for seconds in (0.4, 8.0)] == [7, 7]
    http.close()
    assert len(set(ports)) == 1


def test_calls_at_the_same_time_keep_each_its_own_deadline(served: Any) -> None:
    served.replies = [lambda handler: handler.wfile.write(HEAD + b"Content-Length: 1\r\n\r\n7")]

    def asked(number: int) -> bool:
        if number % 2:
            ends_in_time(Site(url=f"http://{slow}", timeout=0.3 if number % 3 else 0.6))
            return True
        http = Http(Site(url=served.url))
        found = [http.request("POST", "/x").json() for _ in range(5)]
        http.close()
        return found == [7] * 5

    with dripping(HEAD, b"X: y\r\n") as slow, ThreadPoolExecutor(32) as pool:
        assert all(pool.map(asked, range(32)))
