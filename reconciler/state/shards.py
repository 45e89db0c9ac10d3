"""The records of all installations, in as few documents as may be: a plan of 2,000 installations reads about 20.

A record stays where it was first written, until its document is full. Names are listed, so there is no index to go
stale; where a run that was cut off left two of one record, the later one counts.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reconciler.secrets.vault.store import VaultStore
from reconciler.state import applied
from reconciler.state.shard import Record, Shard

PREFIX = "shard-"
MOST = 128  # installations in one document
BYTES = 256 * 1024  # of one document; Consul takes 512 KiB as storage of Vault, raft 1 MiB
SIDE_BY_SIDE = 8  # requests
_SINGLE = re.compile(r"-[0-9a-f]{16}$")  # what `applied.slug` makes
SERIAL = "serial"  # counts the writes of a record


class Shards:
    """Thread-safe, also among threads that write different installations."""

    def __init__(self, store: VaultStore, base: str) -> None:
        self._store, self._base = store, base
        self._lock = threading.Lock()
        self._shards: dict[str, Shard] | None = None  # None before they were listed
        self._single: dict[str, Record] = {}  # documents of one installation each, as they were written at first
        self._own = frozenset[str]()  # the names of all such documents, outdone or not
        self._reserved: dict[str, tuple[Shard, int]] = {}  # by threads that write just now, with the bytes
        self._fresh = False

    def all(self) -> Mapping[str, Record]:
        """Every record. Raises SecretError, StateError."""
        with self._lock:
            self._read_all()
            self._fresh = True
            return self._records()

    def of(self, installations: Sequence[str]) -> Mapping[str, Record]:
        """Those that there are. What `all` has just read is not read again. Raises SecretError, StateError."""
        with self._lock:
            known, self._fresh = self._fresh, False
            home = self._home(installations[0]) if len(installations) == 1 else None
        if not known and (home is None or installations[0] not in home.read()):
            with self._lock:
                self._read_all()
        records = self._records()
        return {name: records[name] for name in installations if name in records}

    def write(self, installation: str, record: Record) -> None:
        """Raises SecretError, and StateError when another run wrote it since we read it."""
        with self._lock:
            if self._shards is None:
                self._read_all()
            self._fresh = False
            last = self._records().get(installation, {}).get(SERIAL, 0)
            record = {**record, SERIAL: int(last) + 1}
            old, size = self._home(installation), _size(record)
            shard = old if old is not None and self._has_room(old, installation, size) else self._roomy(size)
            self._reserved[installation] = shard, size
        try:
            shard.write(installation, record)
        finally:
            with self._lock:
                self._reserved.pop(installation, None)
        if old is not None and old is not shard:
            old.write(installation, None)

    def forget(self, installation: str) -> bool:
        """Leaves no record of an installation of which nothing is applied any more; as `write` else.

        False where a document of its own has to be outdone by a record: nobody may delete in Vault.
        """
        with self._lock:
            if self._shards is None:
                self._read_all()
            self._fresh = False
            if applied.slug(installation) in self._own:
                return False
            homes = [shard for shard in (self._shards or {}).values() if installation in shard.records]
        for shard in homes:
            shard.write(installation, None)
        return True

    def _read_all(self) -> None:
        names = [name for name in self._store.list(self._base) if not name.endswith("/")]
        known = self._shards or {}
        shards = {name: known.get(name) or self._shard(name) for name in sorted(names) if name.startswith(PREFIX)}
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            ours = {applied.slug(one) for records in pool.map(Shard.read, shards.values()) for one in records}
            self._own = frozenset(name for name in names if _SINGLE.search(name))
            singles = [name for name in names if name in self._own - ours]
            found = [one.data for one in pool.map(self._store.read_json, (f"{self._base}/{name}" for name in singles))]
        self._shards = {**known, **shards}
        self._single = {}
        for name, data in zip(singles, found, strict=True):
            if data is not None:
                applied.entries(data, f"{self._base}/{name}")  # else nobody knows whose it is
                self._single[str(data["installation"])] = data

    def _shard(self, name: str) -> Shard:
        return Shard(self._store, f"{self._base}/{name}")

    def _records(self) -> dict[str, Record]:
        """The later one of two."""
        found = dict(self._single)
        for shard in (self._shards or {}).values():
            for name, record in shard.records.items():
                if name not in found or record.get(SERIAL, 0) > found[name].get(SERIAL, 0):
                    found[name] = record
        return found

    def _home(self, installation: str) -> Shard | None:
        """Where the later one of two is."""
        homes = [shard for shard in (self._shards or {}).values() if installation in shard.records]
        return max(homes, key=lambda shard: int(shard.records[installation].get(SERIAL, 0)), default=None)

    def _roomy(self, size: int) -> Shard:
        """The first with room, else a new one."""
        shards = self._shards if self._shards is not None else {}
        for shard in shards.values():
            if self._has_room(shard, "", size):
                return shard
        name = f"{PREFIX}{1 + max((int(name.removeprefix(PREFIX)) for name in shards), default=0):04}"
        self._shards = shards | {name: self._shard(name)}
        return self._shards[name]

    def _has_room(self, shard: Shard, installation: str, size: int) -> bool:
        """Beside the records that it has, and those that other threads are about to put there."""
        others = {name: _size(record) for name, record in shard.records.items() if name != installation}
        coming = {name: bytes_ for name, (where, bytes_) in self._reserved.items() if where is shard}
        taken = others | coming
        return not taken or (len(taken) < MOST and sum(taken.values()) + size <= BYTES)


def _size(record: Record) -> int:
    return len(json.dumps(record))
