"""A console with a login, one page of settings that the test writes, and a memory of every request."""

from __future__ import annotations

import html
import re
import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from lab.servers import kept_alive

LOGIN = """<h1>Sign in</h1><p class=error>{error}</p><form method=post action=/login>
<label for=u>Username</label><input id=u name=u><label for=p>Password</label><input id=p name=p type=password>
<button>Sign in</button></form>"""


@dataclass(slots=True, kw_only=True)
class FormConsole:
    """`body` is the settings page; `{name}` in it stands for a stored value, `{message}` for what was said last.

    `saves` takes what was posted, changes `stored` and returns a message; `scripts` are served below /static/.
    """

    body: str
    stored: dict[str, str] = field(default_factory=dict)
    saves: Callable[[FormConsole, dict[str, str]], str] | None = None
    on_get: Callable[[FormConsole, str], str | None] | None = None  # a page of its own for a path
    message: str = ""
    user: tuple[str, str] = ("admin", "canary-console-pw")
    latency: float = 0.0  # seconds
    login: str = LOGIN
    redirects: dict[str, str] = field(default_factory=dict)  # path: where it sends on to
    cookies: list[str] = field(default_factory=list)  # that come with every login
    addresses: set[str] = field(default_factory=set)  # whole, with their queries
    sent_cookies: list[str] = field(default_factory=list)  # of each GET
    log: list[tuple[str, str]] = field(default_factory=list)
    posted: list[dict[str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    url: str = ""

    @property
    def logins(self) -> int:
        return self.log.count(("POST", "/login"))

    @property
    def page(self) -> str:
        known = {**self.stored, "message": self.message}
        return re.sub(r"\{(\w+)\}", lambda match: html.escape(known.get(match[1], "")), self.body)

    def save(self, form: dict[str, str]) -> None:
        self.posted.append(form)
        if self.saves is not None:
            self.message = self.saves(self, form)
        else:
            self.stored |= form
            self.message = "Saved."


@contextmanager
def running(console: FormConsole, tls: ssl.SSLContext | None = None) -> Iterator[FormConsole]:
    """On a free port of loopback; `url` is set."""
    with kept_alive.Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"console": console}), tls) as server:
        console.url = server.url
        yield console


class _Handler(kept_alive.Handler):
    console: FormConsole

    def do_GET(self) -> None:
        path = self._begin("GET")
        self.console.sent_cookies.append(self.headers.get("Cookie") or "")
        own = self.console.on_get(self.console, path) if self.console.on_get else None
        if path == "/login":
            self._send(self.console.login.replace("{error}", ""))
        elif path == "/logout":
            self.console.sessions.discard(self._session())
            self._send("<h1>Bye</h1>")
        elif self._session() not in self.console.sessions:
            self._go("/login?back=" + path)
        elif path in self.console.redirects:
            self._go(self.console.redirects[path])
        elif own is not None:
            self._send(own)
        elif path == "/settings":
            self._send(self.console.page)
        elif path == "/home":
            self._send("<h1>Home</h1>")
        else:
            self._send("<h1>Nothing here</h1>", 404)

    def do_POST(self) -> None:
        path = self._begin("POST")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        if path == "/login":
            self._login(form)
        elif self._session() not in self.console.sessions:
            self._go("/login")
        elif path == "/settings":
            self.console.save(form)
            self._go("/settings?saved=1")
        elif path == "/ajax":
            self._send(self.console.on_get(self.console, "/ajax") if self.console.on_get else "")
        else:
            self._send("<h1>Nothing here</h1>", 404)

    def _begin(self, verb: str) -> str:
        time.sleep(self.console.latency)
        path = urlsplit(self.path).path
        self.console.log.append((verb, path))
        self.console.addresses.add(self.path)
        self.console.agents.add(self.headers.get("User-Agent") or "")
        return path

    def _login(self, form: dict[str, str]) -> None:
        if (form.get("u"), form.get("p")) != self.console.user:
            self._send(self.console.login.replace("{error}", "Unknown user or wrong password."))
            return
        session = secrets.token_hex(8)
        self.console.sessions.add(session)
        self._go("/home", f"session={session}; Path=/; HttpOnly", *self.console.cookies)

    def _session(self) -> str:
        found = re.search(r"session=(\w+)", self.headers.get("Cookie") or "")
        return found[1] if found else ""

    def _go(self, where: str, *cookies: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        for cookie in cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()

    def _send(self, text: str, status: int = 200) -> None:
        content = f"<!DOCTYPE html><title>Console</title>{text}".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
