"""What the units of one process share so that each need not fetch it: an access token, a list that all of them ask for.

In memory only. The key says whose it is; a value never serves another key. `reset` forgets all, for tests.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from reconciler.errors import ReconcilerError

T = TypeVar("T")
REMEMBERED = 5.0  # seconds: so long a failure stands for all who ask for the same


class Shared(Generic[T]):
    """The first who asks fetches, the others wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None
        self._error: ReconcilerError | None = None
        self._until = 0.0

    def get(self, fetch: Callable[[], tuple[T, float]], *, unlike: T | None = None) -> T:
        """`fetch` tells the value and for how many seconds it holds; `unlike` is one that has turned out wrong.

        Raises the ReconcilerError of `fetch`, for some seconds without asking again.
        """
        with self._lock:
            fresh = time.monotonic() < self._until
            if fresh and self._error is not None:
                raise copy.copy(self._error)
            if fresh and self._value is not None and self._value != unlike:
                return self._value
            self._value = self._error = None
            try:
                self._value, seconds = fetch()
            except ReconcilerError as error:
                # a copy, because the original holds on to the request, and that to the secret
                self._error, self._until = copy.copy(error), time.monotonic() + REMEMBERED
                raise
            self._until = time.monotonic() + seconds
            return self._value

    def forget(self) -> None:
        with self._lock:
            self._until = 0.0


def shared(key: Hashable) -> Shared[Any]:
    """The one of this key; name what it is in the key's first part."""
    with _LOCK:
        return _ALL.setdefault(key, Shared())


def reset() -> None:
    with _LOCK:
        _ALL.clear()


_LOCK = threading.Lock()
_ALL: dict[Hashable, Shared[Any]] = {}
