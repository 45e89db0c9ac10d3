"""State in Vault's key-value store: a few documents, written with check-and-set, so that no run overwrites what another
one wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from reconciler.errors import SecretError, StateError
from reconciler.model.settings import Applied
from reconciler.secrets.vault.store import VaultStore
from reconciler.state import applied, lock
from reconciler.state.shards import Shards

LOCKS = "locks"


class VaultState:
    """A document for each installation, below `path`. Raises StateError for a store without check-and-set."""

    def __init__(self, store: VaultStore, path: str) -> None:
        if store.kv != 2:
            fix = "use a KV v2 mount for the state, or  state: {backend: file, …}"
            raise StateError(f"store {store.name} cannot keep state", why="KV v1 has no check-and-set", fix=fix)
        self._store, self._base = store, path.strip("/")
        self._shards = Shards(store, self._base)

    def load(self, installations: Sequence[str]) -> Mapping[str, tuple[Applied, ...]]:
        """As State.load. Raises StateError."""
        with translated():
            records = self._shards.of(installations)
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
            self._shards.write(installation, applied.document(installation, entries))

    @contextlib.contextmanager
    def _locked(self, installation: str, owner: str) -> Iterator[None]:
        path = f"{self._base}/{LOCKS}/{applied.slug(installation)}"
        lease = lock.Lease(store=self._store, path=path, installation=installation, owner=owner)
        with contextlib.ExitStack() as stack:
            with translated():  # only ours: what happens inside the lock is not about the state
                stack.enter_context(lease.held())
            yield

    def lock(self, installation: str, owner: str) -> AbstractContextManager[None]:
        """As State.lock. Raises LockedError when another run holds it, StateError when Vault cannot say."""
        return self._locked(installation, owner)

    def _where(self, installation: str) -> str:
        return f"{self._base}: {installation}"


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """A store that fails is a state that fails. Raises StateError for a SecretError."""
    try:
        yield
    except SecretError as error:
        raise StateError(f"state: {error.what}", why=error.why, fix=error.fix) from error
