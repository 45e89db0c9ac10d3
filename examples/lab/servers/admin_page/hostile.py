"""A page that sends while it is only being read, in one way at a time, and a server that counts what arrives."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from lab.servers import kept_alive
from lab.servers.admin_page.console import LOGIN
from lab.servers.admin_page.ways import PAGE, WAYS


class HostileConsole:
    """`way` is the one that its page tries now; `arrived` counts by way, `logins` the posts to the login."""

    def __init__(self) -> None:
        self.way = "fetch"
        self.arrived: Counter[str] = Counter()
        self.logins = 0
        self.url = ""
        self.udp = 0

    def begin(self, way: str) -> None:
        """From here on the page tries this way, and nothing has arrived yet."""
        self.way, self.logins = way, 0
        self.arrived.clear()

    @property
    def page(self) -> str:
        return PAGE.replace("WAY", WAYS[self.way]).replace("UDP", str(self.udp))


@contextmanager
def running() -> Iterator[HostileConsole]:
    console = HostileConsole()
    with (
        kept_alive.Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"console": console})) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stun,
    ):
        console.url = server.url
        stun.bind(("127.0.0.1", 0))
        console.udp = stun.getsockname()[1]
        listener = threading.Thread(target=_listen, args=(stun, console), daemon=True)
        listener.start()
        try:
            yield console
        finally:
            stun.sendto(b"", stun.getsockname())
            listener.join(5)


def _listen(stun: socket.socket, console: HostileConsole) -> None:
    while packet := stun.recvfrom(2048)[0]:
        console.arrived["webrtc"] += bool(packet)


class _Handler(kept_alive.Handler):
    console: HostileConsole

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        kind, _, way = parts.path.strip("/").partition("/")
        self._count(way if kind == "p" else parse_qs(parts.query).get("p", [""])[0])
        if "Upgrade" in self.headers:
            self._socket()
        elif kind == "login":
            self._send(LOGIN.replace("{error}", ""))
        elif kind == "child":
            self._send(f"<script>fetch('/p/{way}', {{method: 'POST', body: 'x'}})</script>")
        elif kind == "worker":
            self._send(f"fetch('/p/{way}', {{method: 'POST', body: 'x'}})", "text/javascript")
        else:
            policy = "script-src 'unsafe-inline'; report-uri /p/csp-report" if self.console.way == "csp-report" else ""
            self._send(self.console.page if kind == "settings" else "<h1>Hello</h1>", policy=policy)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path == "/login":
            self.console.logins += 1
        self._count(re.sub(r"^/p/", "", path) if path != "/login" else "")
        self._send("<h1>Hello</h1>")

    def do_PUT(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def _count(self, way: str) -> None:
        if way:
            self.console.arrived[way] += 1

    def _socket(self) -> None:
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True

    def _send(self, text: str, kind: str = "text/html", policy: str = "") -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(content)
