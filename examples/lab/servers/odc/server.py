"""HTTP on 127.0.0.1 before the routes: tokens, rate limits, latency and failures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from lab.servers import kept_alive
from lab.servers.odc.guards import Failures, Limits, Tokens
from lab.servers.odc.routes import Reply, Routes, problem

DISCOVERY = "/identity/.well-known/openid-configuration"
HTML = "<html><body><h1>Service temporarily unavailable</h1></body></html>"


class HttpServer(kept_alive.Server):
    def __init__(
        self,
        address: tuple[str, int],
        routes: Routes,
        tokens: Tokens,
        limits: Limits,
        seen: Callable[[str, str, Any], None],
    ) -> None:
        self.routes, self.tokens, self.limits, self.seen = routes, tokens, limits, seen
        self.failures, self.latency = Failures(), 0.0
        self.token_path, self.endpoint = f"/identity/{routes.tenant.uuid()}/token", ""
        self.retry_after: int | None = None
        self.before_write: Callable[[str, Any], None] = lambda path, body: None
        super().__init__(address, _Handler)


class _Handler(kept_alive.Handler):
    server: HttpServer

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        arrived = time.monotonic()
        path, _, query = self.path.partition("?")
        kind = self.server.failures.next_for(path)
        if kind in ("html503", "html500", "json500", "429", "not json"):
            self.server.seen(self.command, path, None)
            self._late(arrived)
            return self._fail(kind)
        status, found = self._routed(path, dict(parse_qsl(query)), body)
        self._late(arrived)
        if kind == "dropped":
            self.close_connection = True
            return None
        return self._send(status, found, truncated=kind == "truncated")

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # http.server finds them by name

    def _routed(self, path: str, query: dict[str, str], raw: bytes) -> Reply:
        server = self.server
        if path == DISCOVERY and self.command == "GET":
            server.seen(self.command, path, None)
            own = f"http://{self.headers['Host']}{server.token_path}"
            return 200, {"issuer": f"http://{self.headers['Host']}/identity", "token_endpoint": server.endpoint or own}
        if path == server.token_path and self.command == "POST":
            server.seen("POST", "token", None)
            granted = server.tokens.grant(dict(parse_qsl(raw.decode())))
            return (200, granted) if granted else (401, {"error": "invalid_client"})
        parts = path.split("/")
        api = parts[2] if len(parts) > 2 else ""
        body = json.loads(raw) if raw else None
        server.seen(self.command, path, body)
        if not server.tokens.knows(self.headers.get("Authorization")):
            return problem(401, "Unauthorized")
        if not server.limits.allows(self.command, api):
            return problem(429, "Too Many Requests")
        if self.command != "GET":
            server.before_write(path, body)
        return server.routes.answer(self.command, path, query, body)

    def _late(self, arrived: float) -> None:
        """What the answer takes, counted from the arrival: how fast this stand-in is does not matter."""
        if (left := arrived + self.server.latency - time.monotonic()) > 0:
            self.server.stopped.wait(left)

    def _fail(self, kind: str) -> None:
        if kind == "429":
            return self._send(*problem(429, "Too Many Requests"))
        if kind == "json500":
            return self._send(*problem(500, "Internal Server Error", "a database is away"))
        status = {"html503": 503, "html500": 500}.get(kind, 200)
        return self._send(status, None, text=HTML)

    def _send(self, status: int, found: Any, *, text: str | None = None, truncated: bool = False) -> None:
        content = b"" if status == 204 else text.encode() if text is not None else json.dumps(found).encode()
        kind = "text/html" if text is not None else "application/problem+json" if status >= 400 else "application/json"
        lines = [f"HTTP/1.1 {status} Status", f"Content-Type: {kind}"]
        lines += [] if status == 204 else [f"Content-Length: {len(content)}"]
        if status == 429 and self.server.retry_after is not None:
            lines.append(f"Retry-After: {self.server.retry_after}")
        if truncated:
            self.close_connection = True
            content = content[: len(content) // 2]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + content)
