"""Who may carry out a message at an installation: one worker of the zone, once, by check-and-set in its Vault."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from reconciler.engine.claims import claim as claims
from reconciler.engine.claims.claim import Claim
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.results import Adopted
from reconciler.engine.claims.taking import Taken, Taking
from reconciler.engine.claims.times import KEPT, awake
from reconciler.secrets.vault.errors import VaultConflict

if TYPE_CHECKING:
    from reconciler.secrets.vault.store import VaultStore


def in_a_thread(mine: Mine) -> None:
    threading.Thread(target=mine.beat, name="claim", daemon=True).start()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Of one zone, below `path`. `worker` names this process for people. `heart` makes a claim beat.

    Three requests for a message that nobody disturbs: who was here last, that it is ours, and its answer.
    """

    store: VaultStore
    path: str
    worker: str
    clock: Callable[[], float] = awake
    sleep: Callable[[float], None] = time.sleep
    heart: Callable[[Mine], None] = in_a_thread

    def take(
        self,
        installation: str,
        run: str,
        fence: int,
        seq: int,
        jti: str,
        *,
        stop: Callable[[], bool] = lambda: False,
        wait: float = KEPT,
    ) -> Taken:
        """Waits while another one is at it, for `wait` seconds at most. Fence 0: no lease orders it (handshakes).

        Raises SecretError and EngineError: nothing was begun.
        """
        asked = Taking(
            store=self.store,
            path=self._path(installation),
            wanted=Claim(run=run, fence=fence, seq=seq, jti=jti, worker=self.worker, take=uuid4().hex),
            stop=stop,
            until=self.clock() + wait,
            clock=self.clock,
            sleep=self.sleep,
        )
        while (taken := asked.once()) is None:
            pass
        if isinstance(taken, Mine):
            self.heart(taken)
        return taken

    def adopted(self, installation: str) -> Adopted | None:
        """What the last message to it has come to, without a claim. Raises as `take`."""
        last, _ = claims.at(self.store, self._path(installation))
        return None if last is None else Adopted.of(last)

    def forget(self, now: float) -> int:
        """Drops answers that ended an hour before `now`, in seconds since the epoch; how many. Their order is kept.

        Raises SecretError and EngineError.
        """
        return sum(self._forgotten(f"{self.path}/{name}", now) for name in self.store.list(self.path))

    def _forgotten(self, path: str, now: float) -> bool:
        last, version = claims.at(self.store, path)
        if last is None or not last.answer or last.ended > now - KEPT:
            return False
        try:
            self.store.write_json(path, claims.document(replace(last, answer="")), cas=version)
        except VaultConflict:
            return False
        return True

    def _path(self, installation: str) -> str:
        return f"{self.path}/{hashlib.sha256(installation.encode()).hexdigest()}"
