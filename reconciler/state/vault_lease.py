"""A lease in Vault that is ours, and its heartbeat. What was not confirmed in time counts as lost."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from reconciler.errors import LockedError, SecretError, StateError
from reconciler.model.runs.lease import Held
from reconciler.state import messages, registry

if TYPE_CHECKING:
    from reconciler.state.vault_leases import VaultLeases

LASTS = 90.0  # seconds that a lease is valid after it was confirmed
BEAT = 20.0  # seconds between two confirmations
MARGIN = 15.0  # seconds before its end that we stop to trust it: a write that begins now has to arrive

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class VaultLease:
    """`clock` is Vault's time; `confirmed` is when, by time.monotonic, the last confirmation was sent."""

    held: Held
    leases: VaultLeases
    clock: Callable[[], datetime]
    confirmed: float
    refused: Mapping[str, LockedError] = field(default_factory=dict)
    cut_off: tuple[Held, ...] = ()
    _lost: str | None = None
    _abandoned: bool = False
    _released: threading.Event = field(default_factory=threading.Event)

    @property
    def nonce(self) -> str:
        return self.held.nonce

    @property
    def fence(self) -> int:
        return self.held.fence

    def check(self) -> None:
        """As Lease.check. Raises LockedError once it is lost."""
        if self._lost is not None:
            raise messages.lost(self._lost)
        if (passed := monotonic() - self.confirmed) > LASTS - MARGIN:
            raise messages.lost(f"Vault has not confirmed it for {passed:.0f} s")

    def settled(self, installations: Collection[str]) -> None:
        """As Lease.settled. Raises StateError."""
        nonces = [one.nonce for one in self.cut_off]
        if nonces and installations:
            self.leases.change(lambda found: registry.settled(found, nonces, installations))

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        """A thread confirms it every BEAT seconds, until it is released."""
        heart = threading.Thread(target=self._beat, name="lease", daemon=True)
        heart.start()
        try:
            yield
        finally:
            self._released.set()

    def confirm(self) -> None:
        """One beat: another 90 s, unless it is not ours any more. What Vault does not answer is tried again later."""
        started = monotonic()
        try:
            self.leases.store.token_left(2 * LASTS)
            found, _ = self.leases.change(self._extended)
        except (SecretError, StateError) as error:
            log.warning("the lease could not be renewed: %s; it is tried again", error.what)
            return
        ours = registry.by_nonce(found, self.nonce)
        if ours is None or ours.lost is not None:
            self._lost = ours.lost if ours else "its entry is gone"
        else:
            self.confirmed = started

    def abandon(self) -> None:
        """As Lease.abandon: it expires, after all that was sent has arrived."""
        self._abandoned = True

    def release(self) -> None:
        """Never raises: a lease that cannot be given back ends by itself."""
        self._released.set()
        if self._lost is not None:
            log.warning("the lease was lost: %s", self._lost)
        if self._abandoned:
            return
        try:
            self.leases.change(lambda found: registry.without(found, self.nonce))
        except (SecretError, StateError) as error:
            log.warning("the lease could not be released: %s; it expires by itself", error.what)

    def _beat(self) -> None:
        while not self._released.wait(BEAT):
            self.confirm()

    def _extended(self, found: registry.Registry) -> registry.Registry:
        until = messages.text(self.clock() + timedelta(seconds=LASTS))
        ours = registry.by_nonce(found, self.nonce)
        if self._released.is_set() or ours is None or ours.lost is not None:
            return found
        return registry.changed(found, self.nonce, lambda one: replace(one, expires=until))
