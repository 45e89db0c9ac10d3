"""What one run may ask of one server, over all its sessions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from reconciler.model.handshake import CheckResult

# Postfix gives 100 tokens (default_process_limit) and takes one for each transaction that ends in RSET; without
# tokens every new mail waits for a second, until one is delivered. A quarter of them is ours.
ENVELOPES = 25


class Budget:
    """Belongs to one run of the event loop."""

    def __init__(self, envelopes: int = ENVELOPES) -> None:
        self._envelopes, self._spent = envelopes, Counter[str]()
        self._asked: dict[tuple[str, str, int], asyncio.Future[CheckResult]] = {}

    def envelope(self, host: str) -> bool:
        """Whether one more transaction may be begun and broken off."""
        name = _normal(host)
        self._spent[name] += 1
        return self._spent[name] <= self._envelopes

    async def once(self, check: str, host: str, port: int, ask: Callable[[], Awaitable[CheckResult]]) -> CheckResult:
        """The result of an opt-in check: asked by the first who wants it, shared by all."""
        key = (check, _normal(host), port)
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(ask())
        return await self._asked[key]


def _normal(host: str) -> str:
    return host.lower().rstrip(".")
