"""Leases in the folder of the state. One lives as long as its process: an flock on a file of its own says so."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from reconciler.errors import LockedError, StateError
from reconciler.model.runs.lease import Held, Holder, Lock
from reconciler.state import asking, messages, registry, whole_file
from reconciler.state.registry import Registry

POLL = 0.5  # seconds between two looks at a lock that is waited for


@dataclass(slots=True, kw_only=True)
class FolderLease:
    """`own` is the file whose flock is the life of the lease."""

    held: Held
    leases: FolderLeases
    own: Path
    inode: int
    refused: Mapping[str, LockedError] = field(default_factory=dict)
    cut_off: tuple[Held, ...] = ()
    abandoned: bool = False

    @property
    def nonce(self) -> str:
        return self.held.nonce

    @property
    def fence(self) -> int:
        return self.held.fence

    def check(self) -> None:
        """As Lease.check: whoever removed our file has unlocked us. Raises LockedError once it is lost."""
        try:
            there = self.own.stat().st_ino
        except OSError as error:
            raise messages.lost(f"{self.own} is gone ({error.strerror})") from error
        if there != self.inode:
            raise messages.lost(f"{self.own} is not ours any more")

    def abandon(self) -> None:
        """As Lease.abandon: our process ends, and then it counts as cut off."""
        self.abandoned = True

    def settled(self, installations: Collection[str]) -> None:
        """As Lease.settled. Raises StateError."""
        nonces = [one.nonce for one in self.cut_off]
        if nonces and installations:
            self.leases.change(lambda found: registry.settled(found, nonces, installations))
            self.leases.forget_files()


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderLeases:
    folder: Path

    @contextlib.contextmanager
    def held(self, nonce: str, names: Sequence[str], holder: Holder, wait: float) -> Iterator[FolderLease]:
        """`wait` is in seconds. Raises StateError where no lock can be made."""
        self._make()
        own = self.folder / f"{nonce}.run"
        with contextlib.ExitStack() as stack:
            with _translated(own), self._alone():  # only ours: what happens while it is held is not about the lease
                self._sweep()
                descriptor = stack.enter_context(_flocked(own, os.O_EXCL))
            lease: FolderLease | None = None
            try:
                asked = asking.lease(nonce, names, holder, _now())
                lease = self._taken(asked, own, os.fstat(descriptor).st_ino, wait)
                yield lease
            finally:
                if lease is None or not lease.abandoned:
                    self._release(nonce)

    def locks(self) -> tuple[Lock, ...]:
        return tuple(Lock(held=one, alive=self._alive(one)) for one in self._read().leases)

    def unlock(self, nonce: str) -> Lock:
        """Raises StateError for one that is not there, LockedError for one whose process lives."""
        found = registry.by_nonce(self._read(), nonce)
        if found is None:
            raise StateError(f"{nonce}: there is no such lock", fix="reconciler locks lists them")
        if self._alive(found):
            raise LockedError(
                f"{nonce} is held by a process that runs: pid {found.pid} on {found.host}",
                why="in a folder, a lock ends with its process and not before",
                fix=f"end that process, e.g. kill {found.pid}",
            )
        self.change(lambda now: registry.without(now, nonce))
        self.forget_files()
        return Lock(held=found, alive=False)

    def forget_files(self) -> None:
        """Those of runs that are no longer in the document, and that nobody holds. Raises StateError."""
        with self._alone():
            self._sweep()

    def change(self, how: Callable[[Registry], Registry]) -> Registry:
        """One run at a time. Raises StateError."""
        with self._alone():
            found = self._read()
            new = how(found)
            if new != found:
                whole_file.replace(self._path, json.dumps(registry.document(new), indent=1, ensure_ascii=False) + "\n")
            return new

    def _taken(self, asked: Held, own: Path, inode: int, wait: float) -> FolderLease:
        deadline = monotonic() + wait
        while True:
            before, taken = self._try(asked)
            if not taken.refused or monotonic() + POLL > deadline:
                break
            self.change(lambda found: registry.without(found, asked.nonce))
            sleep(POLL)
        mine = set(asked.installations) - set(taken.refused)
        return FolderLease(
            held=taken.held or asked,
            leases=self,
            own=own,
            inode=inode,
            refused={name: messages.refused(name, one, now=_now()) for name, one in taken.refused.items()},
            cut_off=tuple(one for one in before.leases if mine.intersection(one.installations)),
        )

    def _try(self, asked: Held) -> tuple[Registry, registry.Taken]:
        result: list[tuple[Registry, registry.Taken]] = []

        def take(found: Registry) -> Registry:
            result.append((found, registry.taken(found, asked, self._alive)))
            return result[0][1].registry

        self.change(take)
        return result[0]

    def _sweep(self) -> None:
        """What killed runs left; a file of a run is made while nobody sweeps."""
        known = {one.nonce for one in self._read().leases}
        for path in self.folder.iterdir():
            stray = path.suffix == ".run" and path.stem not in known and not self._flocked_by_somebody(path)
            if stray or whole_file.leftover_of(path.name) == self._path.name:
                path.unlink(missing_ok=True)

    def _release(self, nonce: str) -> None:
        """The file first: killed in between, the lease counts as one that was cut off, and is settled."""
        with contextlib.suppress(OSError):
            (self.folder / f"{nonce}.run").unlink()
        with contextlib.suppress(StateError):  # its process ends, and so does the lease
            self.change(lambda found: registry.without(found, nonce))

    def _alive(self, one: Held) -> bool:
        return self._flocked_by_somebody(self.folder / f"{one.nonce}.run")

    @staticmethod
    def _flocked_by_somebody(path: Path) -> bool:
        import fcntl

        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in (errno.EWOULDBLOCK, errno.EACCES)
        else:
            return False
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self._make()
        path = self.folder / "lock"
        with _translated(path), _flocked(path):
            yield

    def _read(self) -> Registry:
        path = self._path
        with _translated(path):
            content = path.read_bytes() if path.exists() else None
        try:
            found: Any = None if content is None else json.loads(content)
        except ValueError:
            found = "no JSON"
        return registry.from_document(found, str(path))

    def _make(self) -> None:
        with _translated(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def _path(self) -> Path:
        return self.folder / "leases.json"


def _now() -> datetime:
    return datetime.now(tz=UTC)


@contextlib.contextmanager
def _flocked(path: Path, flags: int = 0) -> Iterator[int]:
    """Nothing is ever written into it. OSError where it cannot be made or locked."""
    try:
        import fcntl
    except ImportError as error:
        fix = "use  state: {backend: vault, …}"
        raise StateError("file state needs a POSIX system", why="this system has no flock", fix=fix) from error
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = "check disk and permissions, or set state.path to a writable folder on a local disk"
        raise StateError(f"lock {path}: not usable", why=error.strerror, fix=fix) from error
