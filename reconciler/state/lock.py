"""One run per installation: an flock beside the state file, or a lease in Vault that ends by itself."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from reconciler.errors import LockedError, SecretError, StateError
from reconciler.secrets.vault.errors import VaultConflict
from reconciler.secrets.vault.store import VaultDocument, VaultStore

LEASE = timedelta(minutes=30)

log = logging.getLogger(__name__)


@contextlib.contextmanager
def file(path: Path, installation: str, owner: str) -> Iterator[None]:
    """The file stays when the lock is gone: removing it would let two runs hold two files of one name.

    Raises LockedError when another run holds it, StateError where no lock can be made.
    """
    with _opened(path) as opened:
        if not _taken(opened):
            raise _held(installation, _read(opened), release="wait for it, or end that process: the lock ends with it")
        _check_ours(opened)
        holder = {"owner": owner, "pid": os.getpid(), "host": socket.gethostname(), "since": _text(_now())}
        try:
            _write(opened, holder)
        except OSError as error:
            fix = "free space, or set state.path to another folder"
            raise StateError(f"lock {path} cannot be written", why=error.strerror, fix=fix) from error
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # closing the file ends the lock, whatever it says
                _write(opened, {})


def _opened(path: Path) -> IO[str]:
    try:
        return os.fdopen(
            os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600), "r+", encoding="utf-8"
        )
    except OSError as error:
        fix = "set state.path to a writable folder"
        raise StateError(f"lock {path} cannot be created", why=error.strerror, fix=fix) from error


def _taken(opened: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError as error:
        fix = "use  state: {backend: vault, …}"
        raise StateError("file state needs a POSIX system", why="this system has no flock", fix=fix) from error
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        fix = "keep the state on a local disk, or in Vault"
        raise StateError(f"{opened.name} cannot be locked", why=error.strerror, fix=fix) from error
    return True


def _check_ours(opened: IO[str]) -> None:
    """StateError for a file that somebody else made under this name: not a byte goes into it."""
    if _read(opened).keys() >= {"owner", "pid"}:
        return
    opened.seek(0)
    if opened.read(1):
        what = f"{opened.name} is not a lock of reconciler"
        raise StateError(what, why="it would be overwritten", fix="move it away, or set state.path to another folder")


def _read(opened: IO[str]) -> Mapping[str, Any]:
    """Who holds it; nothing when it is being written just now."""
    opened.seek(0)
    try:
        found = json.load(opened)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write(opened: IO[str], holder: Mapping[str, Any]) -> None:
    opened.seek(0)
    opened.truncate()
    opened.write(json.dumps(holder) + "\n" if holder else "")
    opened.flush()


def _now() -> datetime:
    return datetime.now(tz=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lock in Vault that ends at a time, so that a run which died holds nobody up for long.

    A heartbeat would write the document again with a later `expires`, check-and-set at the version that it wrote last.
    """

    store: VaultStore
    path: str
    installation: str
    owner: str
    lasts: timedelta = LEASE
    now: Callable[[], datetime] = _now

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Raises LockedError when another run holds it, SecretError when Vault cannot say."""
        version = self._acquire()
        try:
            yield
        finally:
            self._release(version)

    def _acquire(self) -> int:
        found = self.store.read_json(self.path)
        if self._is_held(found):
            raise self._held(found)
        start = self.now()
        holder = {"installation": self.installation, "owner": self.owner, "run_url": run_url(os.environ)}
        lease = {**holder, "acquired": _text(start), "expires": _text(start + self.lasts)}
        try:
            return self.store.write_json(self.path, lease, cas=found.version)
        except VaultConflict as error:
            raise self._held(self.store.read_json(self.path)) from error

    def _release(self, version: int) -> None:
        """Only our own: after it expired somebody else may hold it."""
        try:
            self.store.write_json(
                self.path, {"installation": self.installation, "released": _text(self.now())}, cas=version
            )
        except VaultConflict:
            log.warning("the lock of %s had expired and was taken over; both runs may have written", self.installation)
        except SecretError as error:
            log.warning("the lock of %s could not be released: %s; it expires by itself", self.installation, error.what)

    def _is_held(self, found: VaultDocument) -> bool:
        expires = _time((found.data or {}).get("expires"))
        return expires is not None and expires > self.now()

    def _held(self, found: VaultDocument) -> LockedError:
        release = f"wait for it; if that run is dead: vault kv metadata delete -mount={self.store.mount} {self.path}"
        return _held(self.installation, found.data or {}, release=release, now=self.now())


def run_url(environ: Mapping[str, str]) -> str | None:
    """Where to watch this run, in GitHub and GitLab."""
    if run := environ.get("GITHUB_RUN_ID"):
        return f"{environ.get('GITHUB_SERVER_URL')}/{environ.get('GITHUB_REPOSITORY')}/actions/runs/{run}"
    return environ.get("CI_JOB_URL")


def _held(installation: str, holder: Mapping[str, Any], *, release: str, now: datetime | None = None) -> LockedError:
    """`another run holds the lock: ada@vm (pid 1), for 3 s`."""
    who, times = _who(holder), []
    if (since := _time(holder.get("acquired") or holder.get("since"))) is not None:
        who.append(f"for {_duration((now or _now()) - since)}")
        times.append(f"since {_text(since)}")
    if holder.get("expires"):
        times.append(f"it expires at {holder['expires']}")
    what = f"{installation}: another run holds the lock" + (f": {', '.join(who)}" if who else "")
    return LockedError(what, why="; ".join(times) or None, fix=release)


def _who(holder: Mapping[str, Any]) -> list[str]:
    """The owner, and what its name does not say already: the process and where to watch it."""
    owner = str(holder.get("owner") or "").removeprefix("unknown@")
    if holder.get("pid") and f"pid {holder['pid']}" not in owner:
        return [*filter(None, [owner]), f"pid {holder['pid']} on {holder.get('host')}"]
    if (url := holder.get("run_url")) and str(url) not in owner:
        return [*filter(None, [owner]), str(url)]
    return [owner] if owner else []


def _duration(lasted: timedelta) -> str:
    seconds = max(int(lasted.total_seconds()), 0)
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"


def _text(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def _time(text: Any) -> datetime | None:
    """None for what is no time; without a zone it is UTC."""
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
