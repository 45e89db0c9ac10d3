"""Scripts, styles and pictures of one visit: asked for once, as a browser's own memory would have it.

Playwright turns that off where requests pass through a handler, and each page asks for all of them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from reconciler.drivers.admin_page.carrying.gate import is_static

_MOST = 8 * 1024 * 1024  # bytes of one visit
Answer = tuple[int, Mapping[str, str], bytes]


class StaticFiles:
    """Of one console and one visit, which lasts seconds; what the console says is not to be kept is not."""

    def __init__(self) -> None:
        self._kept: dict[str, Answer] = {}
        self._size = 0

    def known(self, verb: str, url: str) -> Answer | None:
        return self._kept.get(url) if verb == "GET" else None

    def keep(self, verb: str, url: str, answer: Answer) -> None:
        status, headers, content = answer
        if verb != "GET" or status != 200 or url in self._kept or not is_static(urlsplit(url).path):
            return
        if headers.get("set-cookie") or "no-store" in headers.get("cache-control", "").lower():
            return
        if "html" in headers.get("content-type", "").lower() or self._size + len(content) > _MOST:
            return
        self._kept[url] = answer
        self._size += len(content)
