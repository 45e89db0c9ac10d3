"""State in a folder: one JSON file per installation, readable by its owner alone, replaced as a whole."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from reconciler.errors import StateError
from reconciler.model.settings import Applied
from reconciler.state import applied, lock

log = logging.getLogger(__name__)


class FileState:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, installations: Sequence[str]) -> Mapping[str, tuple[Applied, ...]]:
        """As State.load. Raises StateError for a file that cannot be read or is not ours."""
        found: dict[str, tuple[Applied, ...]] = {}
        for installation in installations:
            path = self._path(installation)
            document = _document(path)
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
        text = json.dumps(applied.document(installation, entries), indent=2, ensure_ascii=False, allow_nan=False)
        path = self._path(installation)
        with _translated(path):
            self._make_folder()
            _replace(path, text + "\n")

    def lock(self, installation: str, owner: str) -> AbstractContextManager[None]:
        """As State.lock. Raises LockedError when another run holds it, StateError where no lock can be made."""
        return self._locked(self._path(installation).with_suffix(".lock"), installation, owner)

    @contextlib.contextmanager
    def _locked(self, path: Path, installation: str, owner: str) -> Iterator[None]:
        with _translated(path):
            self._make_folder()
        with lock.file(path, installation, owner):
            self._remove_leftovers(installation)
            yield

    def _remove_leftovers(self, installation: str) -> None:
        """Of a run that was killed while it wrote: nobody else writes while we hold the lock."""
        path = self._path(installation)
        for left in path.parent.glob(f".{path.name}.????????"):
            with contextlib.suppress(OSError):
                left.unlink()

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _path(self, installation: str) -> Path:
        return self._folder / f"{applied.slug(installation)}.json"


def _document(path: Path) -> Any:
    """None when there is no such file."""
    with _translated(path):
        if not path.exists():
            return None
        content = path.read_bytes()
    try:
        return json.loads(content)
    except ValueError as error:  # UnicodeDecodeError is one too
        fix = "restore it from a backup, or move it away: then every secret counts as never applied"
        raise StateError(f"{path} is corrupted", why="it is not JSON", fix=fix) from error


def _replace(path: Path, text: str) -> None:
    """A reader sees the old file or the new one, and a crash leaves one of the two."""
    # mkstemp makes it 0600
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123  # a descriptor
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105  # a pair with mkstemp
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    try:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # else the new name may be lost with the power
        finally:
            os.close(folder)
    except OSError as error:  # the new file is in place: it would be wrong to say that it was not written
        log.warning("state %s is written; a power failure now could lose it: %s", path, error.strerror)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = "check disk and permissions, or set state.path to a writable folder"
        raise StateError(f"state {path}: not usable", why=error.strerror, fix=fix) from error
