"""A stand-in for Slack, Teams and whatever else takes a webhook: keeps what was sent to its one secret address.

with WebhookHost() as host:
    host.url         # the secret
    host.messages    # as they came
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from lab import canary


class WebhookHost:
    """`status` is what it answers; a redirect leads to the same address."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.status = 200
        self.path = f"/services/{canary.token()}"

    def __enter__(self) -> WebhookHost:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{self.path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _handler(host: WebhookHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status = host.status if self.path == host.path else 404
            if status < 400:
                host.messages.append(json.loads(body))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", host.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silence."""

    return Handler
