"""One flush for all who wait for one: what comes while another flush runs goes with the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from reconciler.model.runs.journal import Json
from reconciler.state.journal.chain import Chain


class Together:
    """Thread-safe. `flush` gets lines, and returns when they are safely kept; what it raises, each waiting thread
    raises, and so does everything that comes later: after a lost line nothing may follow."""

    def __init__(self, chain: Chain, flush: Callable[[Sequence[str]], None]) -> None:
        self.chain, self._flush = chain, flush
        self._lock = threading.Lock()  # of the lines that wait
        self._turn = threading.Lock()  # of the one that flushes
        self._waiting: list[str] = []
        self._added, self._kept = 0, 0
        self._failed: Exception | None = None

    def write(self, records: Iterable[Json]) -> None:
        with self._lock:
            lines = [self.chain.line(record) for record in records]
            self._waiting += lines
            self._added += len(lines)
            mine = self._added
        with self._turn:
            self._raise_failed()
            if self._kept >= mine:
                return
            with self._lock:
                batch, self._waiting = self._waiting, []
                up_to = self._added
            try:
                self._flush(batch)
            except Exception as error:
                self._failed = error
                raise
            self._kept = up_to

    def _raise_failed(self) -> None:
        if self._failed is not None:
            raise self._failed
