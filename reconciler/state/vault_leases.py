"""Leases in Vault: one document for all runs, changed by check-and-set, judged by Vault's own clock."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic, sleep

from reconciler.errors import SecretError, StateError
from reconciler.model.runs.lease import Held, Holder, Lock
from reconciler.secrets.vault.errors import VaultConflict
from reconciler.secrets.vault.store import VaultStore
from reconciler.state import asking, messages, process, registry
from reconciler.state.registry import Registry, Taken
from reconciler.state.vault_lease import BEAT, LASTS, VaultLease

POLL = 2.0  # seconds between two looks at a lock that is waited for
CONFLICTS = 20  # how often others may be faster, before it is an error
LEAST = 60.0  # seconds that a token must live for a run to begin; each beat renews it, where it can be renewed
RENEW = 600.0  # seconds: what ends sooner is renewed first


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Vault's time: what it said once, and what has passed here since, whatever the clock of this machine shows."""

    said: datetime
    at: float  # monotonic

    def now(self) -> datetime:
        return self.said + timedelta(seconds=monotonic() - self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultLeases:
    store: VaultStore
    base: str

    @contextlib.contextmanager
    def held(self, nonce: str, names: Sequence[str], holder: Holder, wait: float) -> Iterator[VaultLease]:
        """`wait` is in seconds. Raises SecretError when Vault cannot say, StateError for a token that ends too soon."""
        self._check_token()
        lease = self._taken(nonce, names, holder, wait)
        if lease.refused.keys() >= set(names):  # there is nothing to keep alive
            yield lease
            return
        with lease.beating():
            try:
                yield lease
            finally:
                lease.release()

    def locks(self) -> tuple[Lock, ...]:
        """All of them, by one request where there is none, else by two. Raises SecretError."""
        found = self._read()[0]
        if not found.leases:
            return ()
        clock = self._clock()
        return tuple(Lock(held=one, alive=_alive(one, clock.now())) for one in found.leases)

    def all(self) -> tuple[Held, ...]:
        """Raises SecretError."""
        return self._read()[0].leases

    def unlock(self, nonce: str, why: str) -> Lock:
        """Its holder notices within a beat, and nobody else gets the lease before that. Raises StateError."""
        clock, known = self._clock(), registry.by_nonce(self._read()[0], nonce)
        if known is None:
            raise StateError(f"{nonce}: there is no such lock", fix="reconciler locks lists them")
        lock = Lock(held=known, alive=_alive(known, clock.now()))
        soon = messages.text(clock.now() + timedelta(seconds=2 * BEAT))

        def ended(found: Registry) -> Registry:
            if not lock.alive:
                return registry.without(found, nonce)
            return registry.changed(found, nonce, lambda one: replace(one, lost=why, expires=soon))

        self.change(ended)
        return lock

    def change(self, how: Callable[[Registry], Registry]) -> tuple[Registry, int]:
        """By check-and-set, as often as others are faster. A lost answer is no loss: `how` gives what is there already.

        Raises SecretError.
        """
        for _ in range(CONFLICTS):
            found, version = self._read()
            new = how(found)
            if new == found:
                return found, version
            try:
                return new, self.store.write_json(self.path, registry.document(new), cas=version)
            except VaultConflict:
                sleep(random.uniform(0.01, 0.1))  # noqa: S311  # so that two do not meet for ever
            except SecretError:
                found, version = self._read()
                if how(found) == found:  # it had arrived
                    return found, version
                raise
        raise SecretError(f"{self.path} changes all the time", why="many runs at once", fix="run again later")

    @property
    def path(self) -> str:
        return f"{self.base}/locks/leases"

    def _taken(self, nonce: str, names: Sequence[str], holder: Holder, wait: float) -> VaultLease:
        deadline = monotonic() + wait
        while True:
            clock, started = self._clock(), monotonic()
            asked = replace(asking.lease(nonce, names, holder, clock.now()), expires=_expiry(clock))
            taken, before = self._try(asked, clock)
            if not taken.refused or monotonic() + POLL > deadline:
                break
            self.change(lambda found: registry.without(found, nonce))
            sleep(POLL)
        mine = set(asked.installations) - set(taken.refused)
        return VaultLease(
            held=taken.held or asked,
            leases=self,
            clock=clock.now,
            confirmed=started,
            refused={name: messages.refused(name, one, now=clock.now()) for name, one in taken.refused.items()},
            cut_off=tuple(one for one in before.leases if mine.intersection(one.installations)),
        )

    def _try(self, asked: Held, clock: Clock) -> tuple[Taken, Registry]:
        results: list[tuple[Taken, Registry]] = []

        def take(found: Registry) -> Registry:
            if registry.by_nonce(found, asked.nonce):  # our answer was lost
                return found
            taken = registry.taken(found, asked, lambda one: _alive(one, clock.now()))
            results.append((taken, found))
            return taken.registry

        self.change(take)
        return results[-1]

    def _read(self) -> tuple[Registry, int]:
        document = self.store.read_json(self.path)
        return registry.from_document(document.data, self.path), document.version

    def _clock(self) -> Clock:
        at = monotonic()  # before: what the request took counts as passed
        written = self.store.write_timed(f"{self.base}/locks/clock", {}, cas=None)
        said = messages.time(written.created_time)
        if said is None:
            raise SecretError("Vault told no time of what was written", fix="check what answers at its address")
        return Clock(said=said, at=at)

    def _check_token(self) -> None:
        if (left := self.store.token_left(RENEW)) < LEAST:
            raise StateError(
                f"the token of store {self.store.name} ends in {left:.0f} s",
                why="a run that loses its token can neither finish nor remember what it wrote",
                fix="raise the token_ttl of its role, or let it be renewed",
            )


def _expiry(clock: Clock) -> str:
    return messages.text(clock.now() + timedelta(seconds=LASTS))


def _alive(one: Held, now: datetime) -> bool:
    """By Vault's clock; a process that is gone from this very machine needs no waiting."""
    expires = messages.time(one.expires)
    return expires is not None and expires > now and not process.dead(one.process)
