"""A real HTTP server on loopback whose answers a test writes as raw functions."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest
import trustme
from lab.servers import kept_alive

Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Served:
    """The requests that came, and what is answered: the replies in order, the last one for ever."""

    port: int = 0
    scheme: str = "http"
    replies: list[Reply] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    tls: ssl.SSLContext | None = None

    def demand_certificate(self, authority: trustme.CA) -> None:
        assert self.tls
        authority.configure_trust(self.tls)
        self.tls.verify_mode = ssl.CERT_REQUIRED

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def reply(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.requests.append((handler.command, handler.path, dict(handler.headers.items()), body))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        reply(handler)


@pytest.fixture
def served() -> Iterator[Served]:
    yield from _serving(None)


@pytest.fixture
def served_tls(authority: trustme.CA) -> Iterator[Served]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    yield from _serving(context)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


def _serving(context: ssl.SSLContext | None) -> Iterator[Served]:
    state = Served(tls=context)

    class Handler(kept_alive.Handler):
        def do_POST(self) -> None:
            state.reply(self)

        do_GET = do_PUT = do_POST  # the names that http.server calls

    with kept_alive.Server(("127.0.0.1", 0), Handler, context) as server:
        state.port, state.scheme = server.server_port, "https" if context else "http"
        yield state
