"""One message that wants to be carried out at an installation: it is the first, it waits, or it comes too late."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.engine.claims import claim as claims
from reconciler.engine.claims.claim import Claim, State
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.results import Adopted, Busy, Done, Fenced, Interrupted
from reconciler.engine.claims.times import DEAD, LOOK
from reconciler.errors import VaultAnswer, VaultUnreachable
from reconciler.secrets.vault.errors import VaultConflict

if TYPE_CHECKING:
    from reconciler.secrets.vault.store import VaultStore

Taken = Mine | Done | Fenced | Interrupted | Busy


@dataclass(slots=True, kw_only=True)
class Taking:
    """No clock is compared with another worker's: `seen` is the version that has not moved `since`, by ours."""

    store: VaultStore
    path: str
    wanted: Claim
    stop: Callable[[], bool]
    until: float
    clock: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep
    seen: int = 0
    since: float = 0.0

    def once(self) -> Taken | None:
        """One look; None when it takes another one. Raises SecretError and EngineError: nothing was begun."""
        last, version = claims.at(self.store, self.path)
        if (known := self._known(last)) is not None:
            return known
        if last is None or last.state is not State.MINE:
            return self._mine(last, version)
        if self._stands_still(version):
            return self._taken_over(last, version)
        if self.clock() >= self.until:
            return self._given_up(last)
        self.sleep(LOOK)
        return None

    def _known(self, last: Claim | None) -> Done | Fenced | Interrupted | None:
        """What is certain without waiting."""
        if last is None or (last.jti == self.wanted.jti and last.state is State.MINE):
            return None
        if last.jti != self.wanted.jti:
            late = Fenced(run=last.run, fence=last.fence, seq=last.seq, path=self.path)
            return None if self.wanted.follows(last) else late
        if last.state is State.DONE and last.answer:
            return Done(answer=last.answer)
        return Interrupted(run=last.run, worker=last.worker)

    def _mine(self, last: Claim | None, version: int) -> Mine | None:
        """None when somebody else was faster."""
        new, sent = self.wanted.after(last), self.clock()
        try:
            now = self.store.write_json(self.path, claims.document(new), cas=version)
        except VaultConflict:
            return None
        except (VaultUnreachable, VaultAnswer):  # it may have arrived
            found, now = claims.at(self.store, self.path)
            if found is None or found.take != new.take:
                raise
        return Mine(
            claim=new,
            version=now,
            confirmed=sent,
            path=self.path,
            store=self.store,
            clock=self.clock,
            stop=self.stop,
            before=None if last is None else Adopted.of(last),
        )

    def _taken_over(self, last: Claim, version: int) -> Mine | Interrupted | None:
        """From a worker that is gone: another message goes on, and of the same one nobody knows how far it got."""
        if last.jti != self.wanted.jti:
            return self._mine(last, version)
        try:
            self.store.write_json(self.path, claims.document(replace(last, state=State.LOST)), cas=version)
        except VaultConflict:
            return None
        return Interrupted(run=last.run, worker=last.worker)

    def _given_up(self, last: Claim) -> Interrupted | Busy:
        if last.jti == self.wanted.jti:
            return Interrupted(run=last.run, worker=last.worker, at_it=True)
        return Busy(run=last.run)

    def _stands_still(self, version: int) -> bool:
        if version != self.seen:
            self.seen, self.since = version, self.clock()
        return self.clock() - self.since >= DEAD
