"""What a page has begun and not finished, as its own renderer tells it, in order.

A request takes up to a second from a page's script to our handler on a busy machine, in which the page looks quiet. The
renderer says that one begins before it answers what was asked later, on the same line: no wait has to be long enough.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

_ARRIVES = 1.0  # seconds until a request that began is with our handler, which knows it from then on
_LEAST = {"maxTotalBufferSize": 0, "maxResourceBufferSize": 0, "maxPostDataSize": 0}  # no content comes along
# answers once its scripts and (`FRAME`) its next drawing are done; a page that never rests does not hold it up
_REST = """document.readyState === 'complete' && Promise.race([new Promise((done) => setTimeout(done, 50, true)),
  FRAME.then(() => scheduler.postTask(() => true, {priority: 'background'}))])"""
_DRAWN = _REST.replace("FRAME", "new Promise((done) => requestAnimationFrame(done))")
_DONE = _REST.replace("FRAME", "Promise.resolve()")


class UnderWay:
    def __init__(self, line: CDPSession) -> None:
        self._line = line
        self._begun: dict[str, float] = {}

    async def attach(self) -> None:
        self._line.on("Network.requestWillBeSent", self._begins)
        self._line.on("Network.loadingFinished", self._ends)
        self._line.on("Network.loadingFailed", self._ends)
        await self._line.send("Network.enable", _LEAST)

    @property
    def nothing(self) -> bool:
        """No request is on its way to the handler."""
        now = time.monotonic()
        self._begun = {name: since for name, since in self._begun.items() if now - since < _ARRIVES}
        return not self._begun

    async def rests(self, *, drawn: bool) -> bool:
        """Whether the document is complete and its scripts have nothing to do. Raises what Playwright raises."""
        given = {"expression": _DRAWN if drawn else _DONE, "awaitPromise": True, "returnByValue": True}
        answer = await self._line.send("Runtime.evaluate", given)
        return answer.get("result", {}).get("value") is True

    def _begins(self, told: dict[str, Any]) -> None:
        self._begun[told["requestId"]] = time.monotonic()

    def _ends(self, told: dict[str, Any]) -> None:
        self._begun.pop(told["requestId"], None)


async def of(page: Page) -> UnderWay:
    found = UnderWay(await page.context.new_cdp_session(page))
    await found.attach()
    return found
