"""Carries what the browser asks for: through the gate, out by the HTTP driver, and its answer back into the browser.

The browser has no network: what does not come through here arrives nowhere.
"""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from reconciler.drivers.admin_page import faults
from reconciler.drivers.admin_page.carrying.cookies import Jar
from reconciler.drivers.admin_page.carrying.gate import Gate, Refusal
from reconciler.drivers.admin_page.carrying.static_files import StaticFiles
from reconciler.drivers.admin_page.console import Console
from reconciler.errors import PlatformAnswer, PlatformError
from reconciler.model.checkup import Traced

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Request, Route

MAX_REDIRECTS = 10
_KEPT = 200  # refusals and traces: a page in a loop must not fill the memory
# what belongs to one connection, what our driver decides, and what the jar knows better
_NOT_SENT = frozenset({"accept-encoding", "connection", "content-length", "cookie", "host", "proxy-connection"})
_NOT_GIVEN = frozenset({"connection", "content-encoding", "content-length", "keep-alive", "trailer"})
_NOT_GIVEN |= {"transfer-encoding", "upgrade", "alt-svc", "report-to", "reporting-endpoints", "nel", "refresh"}
Answer = tuple[int, Mapping[str, str], bytes]


class Carrier:
    """Of one browser context. `busy` and `moving` tell whether the page still waits for something."""

    def __init__(self, gate: Gate, console: Console) -> None:
        self.gate, self._console, self._jar = gate, console, Jar()
        self.busy = 0
        self.moving = False  # the page was given a redirect, and has not asked for its target yet
        self.refused: list[Refusal] = []
        self.traced: list[Traced] = []
        self.failure: PlatformError | None = None
        self.status = 0  # of the last document
        self.carried = 0  # requests that came so far, refused ones too
        self.ends_at: str | None = None  # the page to which a logout leads: nobody asks for it
        self._static = StaticFiles()

    async def attach(self, context: BrowserContext) -> None:
        self._context = context
        await context.route("**/*", self._route)
        await context.route_web_socket("**/*", self._refuse_socket)

    async def _refuse_socket(self, socket: Any) -> None:
        self._note(
            Refusal(verb="WebSocket", target=urlsplit(socket.url).path, why="no connection stays open", writes=True)
        )
        await socket.close()

    async def _route(self, route: Route) -> None:
        self.busy += 1
        self.carried += 1
        try:
            await self._carry(route)
        except PlatformError as error:
            self.failure = self.failure or error
            await faults.unless_moved(route.abort())
        finally:
            self.busy -= 1

    async def _carry(self, route: Route) -> None:
        request = route.request
        is_page = request.is_navigation_request()
        redirected, self.moving = self.moving, self.moving and not (is_page and _is_whole_page(request))
        if (refusal := self._refusal(request)) is not None:
            self._note(refusal)
            self._trace(request, None, refusal.why)
            if redirected and not self.moving:
                self.failure = self.failure or _led_away(refusal)
            # 204 leaves a page where it is
            await (route.fulfill(status=204) if is_page else route.abort("blockedbyclient"))
            return
        answer = self._static.known(request.method, request.url) or await self._exchange(request)
        self._static.keep(request.method, request.url, answer)
        status, headers, content = answer
        location = _redirect(status, headers)
        if is_page:
            self.status = status
        if is_page and location is not None:
            await self._move(route, urljoin(request.url, location), headers["set-cookie"])
            return
        self._trace(request, answer, None)
        await route.fulfill(status=status, headers=_given(headers), body=content)

    def _refusal(self, request: Request) -> Refusal | None:
        if faults.frame_of(request) is None:
            return Refusal(verb=request.method, target=urlsplit(request.url).path, why="a second window", writes=True)
        if request.resource_type == "eventsource":
            return Refusal(
                verb="stream", target=urlsplit(request.url).path, why="no connection stays open", writes=False
            )
        return self.gate.refusal(request.method, request.url)

    async def _move(self, route: Route, target: str, cookies: str) -> None:
        """A redirect of a page, as a page of its own: the browser asks for the target, and passes the gate again."""
        if self.ends_at is not None and urlsplit(target).path == self.ends_at:
            await route.fulfill(status=204)
            return
        self.gate.expect(target)
        self.moving = _is_whole_page(route.request)
        body = f'<meta http-equiv="refresh" content="0;url={html.escape(target)}">'
        headers = {"content-type": "text/html; charset=utf-8"} | ({"set-cookie": cookies} if cookies else {})
        await route.fulfill(status=200, headers=headers, body=body)

    async def _exchange(self, request: Request) -> Answer:
        """With the redirects of what is no page, which nobody sees."""
        method, url, body = request.method, request.url, request.post_data_buffer
        sent = {name: text for name, text in (await request.all_headers()).items() if name not in _NOT_SENT}
        cookies = ""
        for _ in range(MAX_REDIRECTS):
            status, headers, content = await self._once(method, url, sent, body)
            cookies = "\n".join(filter(None, (cookies, headers["set-cookie"])))
            location = _redirect(status, headers)
            if location is None or request.is_navigation_request():
                return status, {**headers, "set-cookie": cookies}, content
            url = urljoin(url, location)
            if status not in (307, 308):
                method, body = "GET" if method != "HEAD" else method, None
                sent.pop("content-type", None)
            if method in ("GET", "HEAD"):
                self.gate.expect(url)
            if (refusal := self.gate.refusal(method, url)) is not None:
                self._note(refusal)
                return 403, {"content-type": "text/plain", "set-cookie": cookies}, b""
        raise PlatformAnswer(f"{urlsplit(url).path} redirects more than {MAX_REDIRECTS} times")

    async def _once(self, method: str, url: str, sent: Mapping[str, str], body: bytes | None) -> Answer:
        path = urlsplit(url).path or "/"
        of_scripts = {one["name"]: one["value"] for one in await self._context.cookies(url)}
        cookies = self._jar.header(path, of_scripts)
        headers = {**sent, **({"cookie": cookies} if cookies else {})}
        status, received, content = await asyncio.to_thread(self._console.carry.exchange, method, url, headers, body)
        for_scripts = self._jar.receive(received.get("set-cookie", ""), path)
        return status, {**received, "set-cookie": "\n".join(for_scripts)}, content

    def _note(self, refusal: Refusal) -> None:
        if refusal not in self.refused and len(self.refused) < _KEPT:
            self.refused.append(refusal)

    def _trace(self, request: Request, answer: Answer | None, refused: str | None) -> None:
        if request.resource_type not in ("xhr", "fetch") or len(self.traced) >= _KEPT:
            return
        sent = _keys(request.post_data_buffer or b"")
        path = urlsplit(request.url).path
        found = Traced(method=request.method, path=path, sent=sent, answered=_keys(answer[2] if answer else b""))
        self.traced.append(
            found if refused is None else Traced(method=found.method, path=path, sent=sent, refused=refused)
        )


def _led_away(refusal: Refusal) -> PlatformAnswer:
    return PlatformAnswer(
        f"the console redirects to {refusal.target}, which is blocked: {refusal.why}",
        why="single sign-on is not supported, and no other server is contacted",
        fix="use an account that signs in at the console itself, and check connection.url; or add the path to reads",
    )


def _is_whole_page(request: Request) -> bool:
    frame = faults.frame_of(request)
    return frame is not None and frame.parent_frame is None


def _redirect(status: int, headers: Mapping[str, str]) -> str | None:
    return headers.get("location") if status in (301, 302, 303, 307, 308) else None


def _given(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name not in _NOT_GIVEN and text}


def _keys(content: bytes) -> tuple[str, ...]:
    """Names in a JSON document, nested ones with their path; no values."""
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    return tuple(dict.fromkeys(_names(tree, "")))[:_KEPT]


def _names(tree: Any, above: str) -> list[str]:
    if isinstance(tree, list):
        return [name for one in tree[:20] for name in _names(one, f"{above}[]")]
    if not isinstance(tree, dict):
        return []
    found = []
    for key, below in tree.items():
        name = f"{above}.{key}" if above else key
        found += [name, *_names(below, name)]
    return found
