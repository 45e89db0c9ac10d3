"""Replaces a file as a whole, one writer at a time: lock, temporary file beside it, rename. Knows no format.

The lock is a sidecar `<file>.lock`, because a lock on the file itself would go with the old file. It also remembers
which modification of the file was our own, so that `marker` moves with the edits of others only.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.drivers.textfile.place.facts import mode_after
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
)

LOCK_WAIT = 10.0  # seconds
_TEMPORARY = ".reconciler-tmp"
# what, why, fix
_Meaning = tuple[type[PlatformError], str, str, str]
_NOT_ALLOWED = "this user may not write there, or may not keep the owner of the file"
_DENIED = (PlatformDenied, "permission denied", _NOT_ALLOWED, "run as the owner of the file and of its folder")
_READ_ONLY = (
    PlatformDenied,
    "read-only file system",
    "it is mounted read-only",
    "mount it writable, or run elsewhere",
)
_NO_FOLDER = (PlatformMissing, "no such folder", "only the file is created", "create it, or correct connection.path")
_NO_SPACE = (PlatformBusy, "no space left", "the file is unchanged", "free space, then run again")
_MOUNTED = (PlatformRefused, "cannot be replaced", "it is itself a mount point", "connection.replace: in-place")
_LINK = (
    PlatformAnswer,
    "an unexpected link",
    "symbolic links in a loop, or in place of a lock",
    "correct the link",
)
_MEANINGS: Mapping[int, _Meaning] = {
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: _READ_ONLY,
    errno.ENOENT: _NO_FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EBUSY: _MOUNTED,
    errno.ELOOP: _LINK,
}


def translated(error: OSError, path: str) -> PlatformError:
    """What the operating system said, with the way out."""
    said = os.strerror(error.errno) if error.errno else "no reason given"
    other: _Meaning = (
        PlatformAnswer,
        "cannot be read or written",
        said,
        "check the disk or the mount, then run again",
    )
    kind, what, why, fix = _MEANINGS.get(error.errno or 0, other)
    return kind(f"{path}: {what}", why=why, fix=fix)


@contextlib.contextmanager
def locked(path: str) -> Iterator[int]:
    """Holds the sidecar lock of a file (symbolic links resolved); gives its descriptor, for `replace`.

    Raises PlatformBusy when another write holds it too long, else PlatformError.
    """
    name = f"{path}.lock"
    try:
        lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise translated(error, name) from error
    try:
        _wait(lock, name)
        yield lock
    finally:
        os.close(lock)


def replace(path: str, data: bytes, *, secret: bool, mode: int | None, lock: int, in_place: bool = False) -> None:
    """Puts `data` in the place of the file. Owner, mode and access list are kept; call it inside `locked`.

    A file that others can read and that now holds a secret of ours gets `mode`, or loses what others may. `in_place`
    keeps the file itself, as mounts and hard links need it: who reads meanwhile may see a part of it.

    Raises PlatformError for what the system refuses.
    """
    before = marker(path)
    try:
        _forget_leftovers(path)
        write = _overwritten if in_place and Path(path).exists() else _replaced
        now = write(path, data, secret=secret, mode=mode)
    except OSError as error:
        raise translated(error, path) from error
    with contextlib.suppress(OSError):  # when it does not get there, our edit looks like a stranger's: shown, not lost
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{_identity(now)} {before or now.st_mtime_ns}".encode(), 0)


def marker(path: str) -> str | None:
    """The time of the last modification that was not ours; None without a file."""
    try:
        found = os.stat(path)  # noqa: PTH116  # the path is text all the way
    except OSError:
        return None
    ours, _, remembered = _remembered(f"{path}.lock").partition(" ")
    return remembered if ours == _identity(found) and remembered else str(found.st_mtime_ns)


def _remembered(name: str) -> str:
    try:
        return Path(name).read_text(encoding="ascii")[:200]
    except (OSError, ValueError):
        return ""


def _identity(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns}:{found.st_size}:{found.st_ino}"


def _wait(lock: int, name: str) -> None:
    deadline = time.monotonic() + LOCK_WAIT
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                fix = "wait for the other run to end; the lock ends with its process; never delete the file"
                raise PlatformBusy(f"{name}: held by another process for {LOCK_WAIT:.0f} s", fix=fix) from None
            time.sleep(0.02)
        except OSError as error:
            raise translated(error, name) from error


def _replaced(path: str, data: bytes, *, secret: bool, mode: int | None) -> os.stat_result:
    old = Path(path).stat() if Path(path).exists() else None
    folder, name = os.path.split(path)
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.", suffix=_TEMPORARY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # before the data, so that a secret is never open to more eyes than at the end
            if old is not None:
                _take_over(old, path, temporary, file.fileno())
            before = None if old is None else stat.S_IMODE(old.st_mode)
            os.fchmod(file.fileno(), mode_after(before, secret=secret, declared=mode))
            file.write(data)
            file.flush()
            os.utime(file.fileno())  # copystat brought the old time
            os.fsync(file.fileno())
            now = os.fstat(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    _sync_folder(folder)
    return now


def _overwritten(path: str, data: bytes, *, secret: bool, mode: int | None) -> os.stat_result:
    with open(path, "r+b") as file:  # noqa: PTH123  # the path is text all the way
        now = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if (after := mode_after(now, secret=secret, declared=mode)) != now:
            os.fchmod(file.fileno(), after)  # before the secret is in it
        file.write(data)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
        return os.fstat(file.fileno())


def _take_over(old: os.stat_result, path: str, temporary: str, descriptor: int) -> None:
    """Owner, access lists and labels. Without the owner the application may no longer read it: then nothing is done."""
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    shutil.copystat(path, temporary)


def _forget_leftovers(path: str) -> None:
    """Temporary files of a writer that was killed; the lock says that nobody else is writing."""
    folder, name = os.path.split(path)
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith(f".{name}.") and entry.name.endswith(_TEMPORARY):
                os.unlink(entry.path)  # noqa: PTH108


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot
            raise
    finally:
        os.close(descriptor)
