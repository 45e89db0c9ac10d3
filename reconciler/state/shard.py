"""One document in Vault with the records of many installations, written with check-and-set.

Threads that write at the same time share one request: the first that gets through takes along what waits.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reconciler.errors import StateError, VaultAnswer, VaultUnreachable
from reconciler.secrets.vault.errors import VaultConflict
from reconciler.secrets.vault.store import VaultStore

FORMAT_VERSION = 1
ATTEMPTS = 12  # other runs write the same document for other installations
PAUSE = 0.05  # seconds, at first

Record: TypeAlias = "Mapping[str, Any]"
Records: TypeAlias = "Mapping[str, Record]"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """`record` is None for one that goes."""

    installation: str
    record: Record | None
    done: Future[None] = field(default_factory=Future)


class Shard:
    """`records` are as this run read or wrote them last. Thread-safe."""

    def __init__(self, store: VaultStore, path: str) -> None:
        self.path, self.records = path, dict[str, Record]()
        self._store, self._version = store, 0
        self._unsure: dict[str, list[Record | None]] = {}  # what was sent, and may have arrived
        self._queue: list[_Waiting] = []
        self._queued, self._writing = threading.Lock(), threading.Lock()

    def read(self) -> Records:
        """Raises SecretError, StateError for a document that is none of ours."""
        with self._writing:
            return self._read()

    def write(self, installation: str, record: Record | None) -> None:
        """Raises SecretError, and StateError when another run wrote this installation since we read it."""
        mine = _Waiting(installation, record)
        with self._queued:
            self._queue.append(mine)
        with self._writing:
            if not mine.done.done():
                with self._queued:
                    batch, self._queue = self._queue, []
                self._commit(batch)
        mine.done.result()

    def _read(self) -> Records:
        found = self._store.read_json(self.path)
        self.records, self._version = dict(_records(found.data, self.path)), found.version
        return self.records

    def _commit(self, batch: list[_Waiting]) -> None:
        """Whatever happens, each of the batch is done afterwards."""
        error: Exception | None = None
        try:
            error = self._attempts(batch)
        except Exception as raised:  # noqa: BLE001  # each thread raises it as its own
            error = raised
        for one in batch:
            if not one.done.done():
                one.done.set_exception(error) if error else one.done.set_result(None)

    def _attempts(self, batch: list[_Waiting]) -> StateError | None:
        for attempt in range(ATTEMPTS):
            if not (left := [one for one in batch if not one.done.done()]) or self._written(left, last=attempt > 0):
                return None
            time.sleep(PAUSE * random.uniform(0.5, 1.5) * (attempt + 1))  # noqa: S311  # jitter, not a secret
            self._compare(left)
        why, fix = "each time another run had written it meanwhile", "run it again when fewer runs apply"
        return StateError(f"{self.path} could not be written in {ATTEMPTS} attempts", why=why, fix=fix)

    def _written(self, batch: list[_Waiting], *, last: bool) -> bool:
        """False when somebody else wrote the document since, or when, but for the `last` time, nobody knows.

        Check-and-set makes it safe to write again what may have arrived.
        """
        changed = {one.installation: one.record for one in batch}
        records = {key: kept for key, kept in {**self.records, **changed}.items() if kept is not None}
        # each as one text: OpenBao refuses requests of more than 1,000 strings
        texts = {key: json.dumps(record, ensure_ascii=False) for key, record in records.items()}
        body = {"format_version": FORMAT_VERSION, "installations": texts}
        try:
            self._version = self._store.write_json(self.path, body, cas=self._version)
        except VaultConflict:
            return False
        except (VaultUnreachable, VaultAnswer):
            for key, record in changed.items():
                self._unsure.setdefault(key, []).append(record)
            if last:
                raise
            return False
        self.records = records
        for key in changed:
            self._unsure.pop(key, None)
        return True

    def _compare(self, batch: list[_Waiting]) -> None:
        """Reads again. Our own write may have arrived although its answer did not; another run's ends ours."""
        before = self.records
        now = self._read()
        for one in batch:
            found = now.get(one.installation)
            if found == one.record:
                one.done.set_result(None)
            elif found != before.get(one.installation) and found not in self._unsure.get(one.installation, ()):
                what = f"state of {one.installation}: another run wrote it in {self.path}"
                fix = "find out who: the history says when; then run again, apply reads everything afresh"
                one.done.set_exception(StateError(what, why="it changed after this run read it", fix=fix))


def _records(data: Mapping[str, Any] | None, path: str) -> Records:
    if data is None:
        return {}
    found, version = data.get("installations"), data.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        why, fix = f"its format is {version}, this one reads {FORMAT_VERSION}", "use the newer reconciler"
        raise StateError(f"{path} was written by a newer reconciler", why=why, fix=fix)
    if not isinstance(found, Mapping):
        raise _corrupted(path, "it holds no records of installations")
    return {str(key): _record(text, path) for key, text in found.items()}


def _record(text: object, path: str) -> Record:
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _corrupted(path, "one of its records is no JSON object")
    return found


def _corrupted(path: str, why: str) -> StateError:
    fix = "restore an earlier version of it; without it every secret counts as never applied"
    return StateError(f"{path} is corrupted", why=why, fix=fix)
