"""Once an hour a worker forgets answers that nobody can ask for any more: no message lives that long."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.engine.claims.claims import Claims
from reconciler.engine.claims.times import KEPT
from reconciler.errors import EngineError, SecretError

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class Forgetting:
    """Thread-safe. `now` is in seconds since the epoch."""

    now: Callable[[], float]
    clock: Callable[[], float] = time.monotonic
    _last: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def due(self) -> bool:
        """True once an hour, and for a worker that has just begun."""
        with self._lock:
            if self._last is not None and self.clock() - self._last < KEPT:
                return False
            self._last = self.clock()
            return True

    def forget(self, claims: Claims) -> None:
        """Never raises: in an hour it is tried again."""
        try:
            count = claims.forget(self.now())
        except (SecretError, EngineError) as error:
            log.warning("old answers in the claims are not forgotten: %s", error.what)
        else:
            log.info("answers in the claims forgotten: %d", count)
