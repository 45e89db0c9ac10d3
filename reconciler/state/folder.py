"""State in a folder: one JSON file per installation, readable by its owner alone, replaced as a whole."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import StateError
from reconciler.model.settings import Applied
from reconciler.state import applied, fences

if TYPE_CHECKING:
    from reconciler.model.ports import Lease
    from reconciler.model.runs.lease import Held, Holder, Lock
    from reconciler.state.folder_lease import FolderLease, FolderLeases
    from reconciler.state.journal.folder import FolderJournals


class FileState:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fences = fences.Fences()

    @cached_property
    def _leases(self) -> FolderLeases:
        from reconciler.state.folder_lease import FolderLeases  # 10 ms that plan does not need, nor the journal

        return FolderLeases(folder=self._folder / "leases")

    @cached_property
    def journal(self) -> FolderJournals:
        from reconciler.state.journal.folder import FolderJournals

        return FolderJournals(self._folder / "journal")

    def load(self, installations: Sequence[str]) -> Mapping[str, tuple[Applied, ...]]:
        """As State.load. Raises StateError for a file that cannot be read or is not ours."""
        found: dict[str, tuple[Applied, ...]] = {}
        for installation in installations:
            path = self._path(installation)
            document = _document(path)
            self._fences.seen(installation, document)
            if document is not None and (entries := applied.entries(document, str(path), installation)):
                found[installation] = entries
        return found

    def installations(self) -> tuple[str, ...]:
        """As State.installations. Raises StateError for a file that cannot be read or is not ours."""
        with _translated(self._folder):
            paths = sorted(self._folder.glob("*.json"))
        entries = [entry for path in paths for entry in applied.entries(_document(path), str(path))]
        return tuple(sorted({entry.installation for entry in entries}))

    def save(self, installation: str, entries: Sequence[Applied]) -> None:
        """As State.save. Raises StateError for a file that cannot be written."""
        from reconciler.state import whole_file

        path = self._path(installation)
        if not self._fences.knows(installation):
            self._fences.seen(installation, _document(path))
        document = applied.document(installation, entries) | self._fences.next(installation)
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)  # indented it takes several times as long
        with _translated(path):
            whole_file.put(path, text + "\n")

    def lease(
        self, installations: Sequence[str], holder: Holder, *, wait: float = 0.0
    ) -> AbstractContextManager[Lease]:
        """As State.lease; `wait` is in seconds. Raises StateError where no lease can be made."""
        return self._leased(installations, holder, wait)

    @contextlib.contextmanager
    def _leased(self, installations: Sequence[str], holder: Holder, wait: float) -> Iterator[FolderLease]:
        from reconciler.state import nonces

        with self._leases.held(nonces.new(), installations, holder, wait) as lease:
            self._remove_leftovers(lease.held.installations)
            with self._fences.within(lease, lease.held.installations):
                yield lease

    def lock(self, installation: str, owner: str) -> AbstractContextManager[Lease]:
        """As State.lock. Raises LockedError when another run holds it, StateError where no lock can be made."""
        from reconciler.model.runs.lease import Holder

        return fences.one_of(self.lease([installation], Holder(owner=owner)), installation)

    def locks(self) -> tuple[Lock, ...]:
        """As State.locks. Raises StateError."""
        return self._leases.locks()

    def unfinished(self) -> tuple[Held, ...]:
        """As State.unfinished. Raises StateError."""
        folder = self._folder / "leases"
        with _translated(folder):
            begun = folder.is_dir() and any(path.suffix == ".run" for path in folder.iterdir())
        return tuple(lock.held for lock in self._leases.locks() if not lock.alive) if begun else ()

    def unlock(self, nonce: str, why: str) -> Lock:
        """As State.unlock. Raises StateError, LockedError for one whose process lives."""
        return self._leases.unlock(nonce)

    def _remove_leftovers(self, installations: Sequence[str]) -> None:
        """Of a run that was killed while it wrote: nobody else writes these files while we hold the lease."""
        from reconciler.state import whole_file

        mine = {self._path(installation).name for installation in installations}
        with _translated(self._folder):
            left = [path for path in self._folder.iterdir() if whole_file.leftover_of(path.name) in mine]
        for path in left:
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, installation: str) -> Path:
        return self._folder / f"{applied.slug(installation)}.json"


def _document(path: Path) -> Any:
    """None when there is no such file."""
    with _translated(path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
    try:
        return json.loads(content)
    except ValueError as error:  # UnicodeDecodeError is one too
        fix = "restore it from a backup, or move it away: then every secret counts as never applied"
        raise StateError(f"{path} is corrupted", why="it is not JSON", fix=fix) from error


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = "check disk and permissions, or set state.path to a writable folder"
        raise StateError(f"state {path}: not usable", why=error.strerror, fix=fix) from error
