"""State in Vault's key-value store: a few documents, written with check-and-set, so that no run overwrites what another
one wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from reconciler.errors import SecretError, StateError
from reconciler.model.ports import Lease
from reconciler.model.runs.lease import Held, Holder, Lock
from reconciler.model.settings import Applied
from reconciler.secrets.vault.store import VaultStore
from reconciler.state import applied, fences, nonces
from reconciler.state.journal.vault import VaultJournals
from reconciler.state.shards import Shards
from reconciler.state.vault_lease import VaultLease
from reconciler.state.vault_leases import VaultLeases


class VaultState:
    """Records, leases and journal below `path`. Raises StateError for a store without check-and-set."""

    def __init__(self, store: VaultStore, path: str) -> None:
        if store.kv != 2:
            fix = "use a KV v2 mount for the state, or  state: {backend: file, …}"
            raise StateError(f"store {store.name} cannot keep state", why="KV v1 has no check-and-set", fix=fix)
        self._store, self._base = store, path.strip("/")
        self._shards = Shards(store, self._base)
        self._fences = fences.Fences()
        self._leases = VaultLeases(store=store, base=self._base)
        self.journal = VaultJournals(store, f"{self._base}/journal")

    def load(self, installations: Sequence[str]) -> Mapping[str, tuple[Applied, ...]]:
        """As State.load. Raises StateError."""
        with translated():
            records = self._shards.of(installations)
        for name in installations:
            self._fences.seen(name, records.get(name))
        found = {name: applied.entries(record, self._where(name), name) for name, record in records.items()}
        return {name: entries for name, entries in found.items() if entries}

    def installations(self) -> tuple[str, ...]:
        """As State.installations. Raises StateError."""
        with translated():
            records = self._shards.all()
        found = [applied.entries(record, self._where(name)) for name, record in records.items()]
        return tuple(sorted({entry.installation for entries in found for entry in entries}))

    def save(self, installation: str, entries: Sequence[Applied]) -> None:
        """As State.save. Raises StateError, also when another run wrote meanwhile."""
        with translated():
            if not self._fences.knows(installation):
                self._fences.seen(installation, self._shards.of([installation]).get(installation))
            document = applied.document(installation, entries) | self._fences.next(installation)
            if entries or not self._shards.forget(installation):
                self._shards.write(installation, document)

    def lease(
        self, installations: Sequence[str], holder: Holder, *, wait: float = 0.0
    ) -> AbstractContextManager[Lease]:
        """As State.lease; `wait` is in seconds. Raises StateError: Vault cannot say, or our token ends too soon."""
        return self._leased(installations, holder, wait)

    @contextlib.contextmanager
    def _leased(self, installations: Sequence[str], holder: Holder, wait: float) -> Iterator[VaultLease]:
        with contextlib.ExitStack() as stack:
            with translated():  # only ours: what happens inside the lease is not about the state
                lease = stack.enter_context(self._leases.held(nonces.new(), installations, holder, wait))
            stack.enter_context(self._fences.within(lease, lease.held.installations))
            yield lease

    def lock(self, installation: str, owner: str) -> AbstractContextManager[Lease]:
        """As State.lock. Raises LockedError when another run holds it, StateError when Vault cannot say."""
        return fences.one_of(self.lease([installation], Holder(owner=owner)), installation)

    def locks(self) -> tuple[Lock, ...]:
        """As State.locks. Raises StateError."""
        with translated():
            return self._leases.locks()

    def unfinished(self) -> tuple[Held, ...]:
        """As State.unfinished: by one read, for a role that may write nothing. Raises StateError."""
        with translated():
            return self._leases.all()

    def unlock(self, nonce: str, why: str) -> Lock:
        """As State.unlock. Raises StateError."""
        with translated():
            return self._leases.unlock(nonce, why)

    def _where(self, installation: str) -> str:
        return f"{self._base}: {installation}"


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """A store that fails is a state that fails. Raises StateError for a SecretError."""
    try:
        yield
    except SecretError as error:
        raise StateError(f"state: {error.what}", why=error.why, fix=error.fix) from error
