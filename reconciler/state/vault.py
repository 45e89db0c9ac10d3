"""State in Vault's key-value store: one document per installation, written with check-and-set, so that no run
overwrites what another one wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from reconciler.errors import SecretError, StateError
from reconciler.model.settings import Applied
from reconciler.secrets.vault.errors import VaultConflict
from reconciler.secrets.vault.store import VaultDocument, VaultStore
from reconciler.state import applied, lock

LOCKS = "locks"


class VaultState:
    """A document for each installation, below `path`. Raises StateError for a store without check-and-set."""

    def __init__(self, store: VaultStore, path: str) -> None:
        if store.kv != 2:
            fix = "use a KV v2 mount for the state, or  state: {backend: file, …}"
            raise StateError(f"store {store.name} cannot keep state", why="KV v1 has no check-and-set", fix=fix)
        self._store, self._base = store, path.strip("/")
        self._versions: dict[str, int] = {}  # of each document as we read or wrote it last

    def load(self, installations: Sequence[str]) -> Mapping[str, tuple[Applied, ...]]:
        """As State.load. Raises StateError."""
        found: dict[str, tuple[Applied, ...]] = {}
        for installation in installations:
            with translated():
                document = self._read(installation)
            where = self._path(installation)
            if document.data is not None and (entries := applied.entries(document.data, where, installation)):
                found[installation] = entries
        return found

    def installations(self) -> tuple[str, ...]:
        """As State.installations. Raises StateError."""
        with translated():
            names = [name for name in self._store.list(self._base) if not name.endswith("/")]
            documents = {name: self._store.read_json(f"{self._base}/{name}").data for name in names}
        found = [applied.entries(data, f"{self._base}/{name}") for name, data in documents.items() if data is not None]
        return tuple(sorted({entry.installation for entries in found for entry in entries}))

    def save(self, installation: str, entries: Sequence[Applied]) -> None:
        """As State.save. Raises StateError, also when another run wrote meanwhile."""
        with translated():
            if installation not in self._versions:
                self._read(installation)
            try:
                version = self._store.write_json(
                    self._path(installation),
                    applied.document(installation, entries),
                    cas=self._versions[installation],
                )
            except VaultConflict as error:
                what = f"state of {installation}: another run wrote {self._path(installation)}"
                fix = "find out who: its metadata says when; then run again, apply reads everything afresh"
                raise StateError(what, why="it changed after this run read it", fix=fix) from error
            self._versions[installation] = version

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

    def _read(self, installation: str) -> VaultDocument:
        document = self._store.read_json(self._path(installation))
        self._versions[installation] = document.version
        return document

    def _path(self, installation: str) -> str:
        return f"{self._base}/{applied.slug(installation)}"


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """A store that fails is a state that fails. Raises StateError for a SecretError."""
    try:
        yield
    except SecretError as error:
        raise StateError(f"state: {error.what}", why=error.why, fix=error.fix) from error
