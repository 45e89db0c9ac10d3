"""Journals in the folder of the state: a file for each run, and the index."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from reconciler.errors import StateError
from reconciler.model.runs.journal import Fault, Json
from reconciler.state import whole_file
from reconciler.state.journal import chain, entries
from reconciler.state.journal.chain import Chain
from reconciler.state.journal.together import Together

_TAIL = 4096  # bytes: a line of the index is shorter


class FolderJournal:
    def __init__(self, path: Path, index: _Index, begun: Json) -> None:
        self._path, self._index = path, index
        with _translated(path):
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._descriptor = os.open(path, flags, 0o600)
            whole_file.sync_folder(path)
        self._lines = Together(Chain(), self._flush)
        self._lines.write([begun])

    def write(self, records: Iterable[Json]) -> None:
        """As Journal.write."""
        self._lines.write(records)

    def close(self, ended: Json) -> None:
        """As Journal.close."""
        try:
            self._lines.write([ended])
        finally:
            os.close(self._descriptor)
        self._index.add(entries.ended(self._path.stem, ended, self._lines.chain.head))

    def _flush(self, lines: Sequence[str]) -> None:
        with _translated(self._path):
            _append(self._descriptor, lines)


class FolderJournals:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = _Index(folder / "index.jsonl")

    def begin(self, name: str, begun: Json) -> FolderJournal:
        """As Journals.begin."""
        with _translated(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = FolderJournal(self._folder / f"{name}.jsonl", self._index, begun)
        self._index.add(entries.begun(name, begun))
        return made

    def records(self, name: str) -> Sequence[Json]:
        """As Journals.records."""
        return chain.records(_lines(self._folder / f"{name}.jsonl"))

    def cut_off(self, name: str, by: str) -> None:
        """As Journals.cut_off."""
        if not any(line.get("head") for line in self.index() if line.get("journal") == name):
            self._index.add(entries.cut_off(name, by, chain.head(_lines(self._folder / f"{name}.jsonl"))))

    def index(self) -> Sequence[Json]:
        """As Journals.index."""
        return chain.records(_lines(self._index.path))

    def faults(self) -> Sequence[Fault]:
        """As Journals.faults."""
        index = _lines(self._index.path)
        heads = entries.heads(chain.records(index))
        runs = (
            found
            for name, head in heads.items()
            for found in chain.faults(_lines(self._folder / f"{name}.jsonl"), name, head)
        )
        return (*chain.faults(index, ""), *runs)


class _Index:
    """One line at a time, whichever run adds it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, record: Json) -> None:
        """Raises StateError."""
        import fcntl

        with _translated(self.path):
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                line = Chain(_head(descriptor)).line(record)
                _append(descriptor, [line])
            finally:
                os.close(descriptor)


def _head(descriptor: int) -> str:
    """The digest of the last line; one that a crash cut is ended, and stays in the chain as what it is."""
    size = os.fstat(descriptor).st_size
    if size == 0:
        return chain.START
    tail = os.pread(descriptor, _TAIL, max(size - _TAIL, 0))
    if not tail.endswith(b"\n"):
        os.write(descriptor, b"\n")
    return chain.digest(tail.rstrip(b"\n").rpartition(b"\n")[2].decode("utf-8", "replace"))


def _append(descriptor: int, lines: Sequence[str]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def _lines(path: Path) -> list[str]:
    with _translated(path):
        return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = "check disk and permissions, or set state.path to a writable folder"
        raise StateError(f"journal {path}: not usable", why=error.strerror, fix=fix) from error
