"""For subjects of the contract that are driven page by page.

A page that fails in the middle of a visit fails the visit: nothing is sent twice, for an account could be locked.
"""

from __future__ import annotations

from contextlib import AbstractContextManager


class NotByNetwork:
    reached_by_network: bool = False

    def disturbed(self, *, latency: float, failing: float) -> AbstractContextManager[None]:
        raise NotImplementedError("not reached_by_network")

    def limited(self, *, calls: int, seconds: float) -> AbstractContextManager[None]:
        raise NotImplementedError("not reached_by_network")
