"""HTTP or HTTPS on 127.0.0.1, which notes each request before it is answered."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lab.servers import kept_alive
from lab.servers.console.exchange import Answer, Request


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that arrived, refused ones too."""

    verb: str
    path: str


class Listener:
    """Serves `answer` from `start` to `stop`. `latency` is in seconds, per request."""

    def __init__(self, answer: Callable[[Request], Answer], tls: ssl.SSLContext | None, port: int = 0) -> None:
        self.latency = 0.0
        self._answer, self._seen, self._lock = answer, list[Seen](), threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler, tls)
        self._server.listener = self

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def seen(self) -> list[Seen]:
        with self._lock:
            return list(self._seen)

    def forget(self) -> None:
        with self._lock:
            self._seen.clear()

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def answer(self, request: Request) -> Answer:
        with self._lock:
            self._seen.append(Seen(request.verb, request.path))
        if self.latency:
            self._server.stopped.wait(self.latency)
        return self._answer(request)


class Running:
    """What listens while a `with` block runs."""

    listener: Listener

    def __enter__(self) -> Self:
        self.listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.listener.stop()

    @property
    def url(self) -> str:
        return self.listener.url

    @property
    def seen(self) -> list[Seen]:
        """What clients asked for."""
        return self.listener.seen


class _Server(kept_alive.Server):
    listener: Listener


class _Handler(kept_alive.Handler):
    server: _Server

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(verb=self.command, path=path, query=query, headers=headers, body=body)
        self._send(self.server.listener.answer(request))

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = handle_any  # http.server finds them by name

    def _send(self, answer: Answer) -> None:
        content = answer.body.encode()
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
