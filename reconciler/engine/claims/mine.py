"""A claim that is ours, and its heartbeat. What Vault did not confirm in time counts as lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING

from reconciler.engine.claims import claim as claims
from reconciler.engine.claims import results
from reconciler.engine.claims.claim import Claim, State
from reconciler.engine.claims.times import BEAT, DEAD, FRESH, SAFE
from reconciler.errors import EngineError, SecretError
from reconciler.secrets.vault.errors import VaultConflict

if TYPE_CHECKING:
    from reconciler.engine.claims.results import Adopted
    from reconciler.model.finding import Finding
    from reconciler.secrets.vault.store import VaultStore

log = logging.getLogger(__name__)
TRIES = 3  # to keep an answer


@dataclass(slots=True, kw_only=True, eq=False)
class Mine:
    """A Permit: asked before each request. Use it as a context, or the heart beats on.

    `confirmed` is when, by `clock`, the last confirmed beat was sent. `before` is what the message before it has
    come to: where that is not done, its worker is gone.
    """

    claim: Claim
    version: int
    confirmed: float
    path: str
    store: VaultStore
    clock: Callable[[], float]
    stop: Callable[[], bool]
    before: Adopted | None = None
    _lost: str | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def run(self) -> str:
        return self.claim.run

    @property
    def fence(self) -> int:
        return self.claim.fence

    def stopped(self) -> bool:
        return self.stop()

    def held(self) -> Finding | None:
        """As `check`: it is a Permit."""
        return self.check()

    def check(self) -> Finding | None:
        """Right before each request: why it may not be sent. Asks Vault when the last beat is no longer fresh."""
        why = self.confirm() if self._lost is None and self._age() >= FRESH else None
        if self._lost is not None:
            return results.lost(self._lost)
        if why is not None or self._age() >= SAFE:
            return results.unconfirmed(why or f"it took {self._age():.0f} s to answer")
        return None

    def confirm(self) -> str | None:
        """One beat. Why it is not confirmed, where it may yet be: a claim that is lost is lost for good."""
        with self._lock:
            if self._over.is_set():
                self._lost = self._lost or "its unit has ended"
            elif self._lost is None and (age := self._age()) >= DEAD:
                self._lost = f"it stood still, or Vault did, for {age:.0f} s"
            return None if self._lost else self._kept(replace(self.claim, beat=self.claim.beat + 1))

    def finish(self, answer: str, *, sleep: Callable[[float], None] = time.sleep) -> Finding | None:
        """Keeps what came of it for whoever asks again; why it is not kept, where it is not. The heart stands still.

        Tried too where we may no longer write: as long as nobody has taken it over, it is what happened.
        """
        self._over.set()
        text = answer if len(answer) <= claims.MOST else ""
        ended = replace(self.claim, state=State.DONE, answer=text, ended=time.time())
        with self._lock:
            why = self._insisted(ended, sleep)
        if self._lost is not None:
            return results.lost(self._lost)
        return results.unconfirmed(why) if why else None

    def beat(self) -> None:
        """What the heart does, until it is over."""
        while not self._over.wait(BEAT) and self._lost is None:
            if why := self.confirm():
                log.warning("the claim on %s is not confirmed: %s; it is tried again", self.path, why)

    def close(self) -> None:
        """Without an answer others see that it has not ended."""
        self._over.set()

    def __enter__(self) -> Mine:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _age(self) -> float:
        return self.clock() - self.confirmed

    def _insisted(self, ended: Claim, sleep: Callable[[float], None]) -> str | None:
        self._lost = None
        why = self._kept(ended)
        for _ in range(TRIES - 1):
            if why is None:
                break
            sleep(BEAT / 2)
            why = self._kept(ended)
        return why

    def _kept(self, new: Claim) -> str | None:
        """Writes it over our last one, and over nobody else's. Why not, where that may be tried again."""
        sent = self.clock()
        try:
            self.version = self.store.write_json(self.path, claims.document(new), cas=self.version)
        except VaultConflict:
            return self._compared(new)
        except SecretError as error:
            return error.what
        self.claim, self.confirmed = new, sent
        return None

    def _compared(self, new: Claim) -> str | None:
        """What we wrote before may have arrived although Vault's answer did not; anybody else's ends our claim."""
        try:
            now, version = claims.at(self.store, self.path)
        except (SecretError, EngineError) as error:
            return error.what
        if now is None or now.take != self.claim.take or now.state is State.LOST:
            self._lost = _words(now)
            return None
        self.version = version
        return self._kept(replace(new, beat=now.beat + 1))  # what has arrived may be old by now: only a new one counts


def _words(found: Claim | None) -> str:
    if found is None:
        return "it is gone from Vault"
    return "others have waited for its beat in vain" if found.state is State.LOST else f"run {found.run} has it now"
