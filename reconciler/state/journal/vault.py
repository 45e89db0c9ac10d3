"""Journals in Vault: each flush is a document of its own, which is never written again; the index is a few of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from time import sleep

from reconciler.errors import SecretError, StateError
from reconciler.model.runs.journal import Fault, Json
from reconciler.secrets.vault.errors import VaultConflict
from reconciler.secrets.vault.store import VaultStore
from reconciler.state.journal import chain, entries
from reconciler.state.journal.chain import Chain
from reconciler.state.journal.together import Together

FULL = 500  # lines of a document of the index: Vault refuses one of a mebibyte
CONFLICTS = 20


class VaultJournal:
    def __init__(self, store: VaultStore, path: str, index: _Index, begun: Json) -> None:
        self._store, self._path, self._index, self._count = store, path, index, 0
        self._lines = Together(Chain(), self._flush)
        self._lines.write([begun])

    def write(self, records: Iterable[Json]) -> None:
        """As Journal.write."""
        self._lines.write(records)

    def close(self, ended: Json) -> None:
        """As Journal.close."""
        self._lines.write([ended])
        self._index.add(entries.ended(self._path.rpartition("/")[2], ended, self._lines.chain.head))

    def _flush(self, lines: Sequence[str]) -> None:
        self._count += 1
        path = f"{self._path}/{self._count:06}"
        try:
            self._store.write_json(path, {"lines": list(lines)}, cas=0)
        except SecretError as error:
            if _there(self._store, path) != list(lines):  # else it had arrived, and only the answer was lost
                raise _failed(path, error) from error


class VaultJournals:
    def __init__(self, store: VaultStore, path: str) -> None:
        self._store, self._path = store, path
        self._index = _Index(store, f"{path}/index")

    def begin(self, name: str, begun: Json) -> VaultJournal:
        """As Journals.begin."""
        made = VaultJournal(self._store, f"{self._path}/{name}", self._index, begun)
        self._index.add(entries.begun(name, begun))
        return made

    def records(self, name: str) -> Sequence[Json]:
        """As Journals.records."""
        return chain.records(self._lines(name))

    def cut_off(self, name: str, by: str) -> None:
        """As Journals.cut_off."""
        if not any(line.get("head") for line in self.index() if line.get("journal") == name):
            self._index.add(entries.cut_off(name, by, chain.head(self._lines(name))))

    def index(self) -> Sequence[Json]:
        """As Journals.index."""
        return chain.records(self._lines("index"))

    def faults(self) -> Sequence[Fault]:
        """As Journals.faults."""
        index = self._lines("index")
        heads = entries.heads(chain.records(index))
        runs = (found for name, head in heads.items() for found in chain.faults(self._lines(name), name, head))
        return (*chain.faults(index, ""), *runs)

    def _lines(self, name: str) -> list[str]:
        path = f"{self._path}/{name}"
        try:
            parts = sorted(self._store.list(path))
            return [line for part in parts for line in _there(self._store, f"{path}/{part}")]
        except SecretError as error:
            raise _failed(path, error) from error


class _Index:
    """By check-and-set: runs that end together take turns."""

    def __init__(self, store: VaultStore, path: str) -> None:
        self._store, self._path = store, path

    def add(self, record: Json) -> None:
        """Raises StateError."""
        try:
            self._add(record)
        except SecretError as error:
            raise _failed(self._path, error) from error

    def _add(self, record: Json) -> None:
        for _ in range(CONFLICTS):
            parts = sorted(self._store.list(self._path)) or ["000001"]
            found = self._store.read_json(f"{self._path}/{parts[-1]}")
            lines = _of(found.data)
            name, kept, version = parts[-1], lines, found.version
            if len(lines) >= FULL:
                name, kept, version = f"{int(parts[-1]) + 1:06}", [], 0
            line = Chain(chain.head(lines)).line(record)
            try:
                self._store.write_json(f"{self._path}/{name}", {"lines": [*kept, line]}, cas=version)
            except VaultConflict:
                sleep(random.uniform(0.01, 0.1))  # noqa: S311  # so that two do not meet for ever
            else:
                return
        raise SecretError(f"{self._path} changes all the time", why="many runs at once", fix="run again later")


def _there(store: VaultStore, path: str) -> list[str]:
    return _of(store.read_json(path).data)


def _of(data: object) -> list[str]:
    lines = data.get("lines") if isinstance(data, dict) else None
    return [str(line) for line in lines] if isinstance(lines, list) else []


def _failed(path: str, error: SecretError) -> StateError:
    return StateError(f"journal {path}: {error.what}", why=error.why, fix=error.fix)
