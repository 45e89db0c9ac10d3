"""Replaces a file as a whole, one writer at a time: lock, temporary file beside it, rename. Knows no format.

The lock is on the folder, because a lock on the file itself would go with the old file, and a file beside it may be
somebody else's.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from functools import cache

from reconciler.drivers.textfile.place.facts import mode_after
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
)

log = logging.getLogger(__name__)

LOCK_WAIT = 10.0  # seconds
_TEMPORARY = ".reconciler-tmp"
# network file systems that cannot lock a folder: the lease of the installation has to do
_NO_FLOCK = frozenset({errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL})
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
def locked(path: str) -> Iterator[None]:
    """Holds the folder of a file (symbolic links resolved), and writes nothing into it.

    Raises PlatformBusy when another write holds it too long, else PlatformError.
    """
    folder = os.path.dirname(path)  # noqa: PTH120  # the path is text all the way
    with _turn(folder):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise translated(error, path) from error
        try:
            _wait(lock, folder)
            yield
        finally:
            os.close(lock)


@contextlib.contextmanager
def _turn(folder: str) -> Iterator[None]:
    """Of the threads of this process, which else would look at the lock of the system again and again."""
    turn = _lock(folder)
    if not turn.acquire(timeout=LOCK_WAIT):
        raise _busy(folder)
    try:
        yield
    finally:
        turn.release()


@cache
def _lock(folder: str) -> threading.Lock:
    return threading.Lock()


def replace(path: str, data: bytes, *, secret: bool, mode: int | None, in_place: bool = False) -> os.stat_result:
    """Puts `data` in the place of the file; what it is then. Owner, mode and access list are kept; call it inside
    `locked`.

    A file that others can read and that now holds a secret of ours gets `mode`, or loses what others may. `in_place`
    keeps the file itself, as mounts and hard links need it: who reads meanwhile may see a part of it.

    Raises PlatformError for what the system refuses: then the file is as it was.
    """
    try:
        forget_leftovers(path)
        write = _overwritten if in_place and _status(path) else _replaced
        return write(path, data, secret=secret, mode=mode)
    except OSError as error:
        raise translated(error, path) from error


def _wait(lock: int, folder: str) -> None:
    import fcntl  # not on Windows: there, nobody comes as far as this

    deadline = time.monotonic() + LOCK_WAIT
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise _busy(folder) from None
            time.sleep(0.02)
        except OSError as error:
            if error.errno in _NO_FLOCK:
                return None
            raise translated(error, folder) from error


def _busy(folder: str) -> PlatformBusy:
    what = f"{folder}: another write has held the lock of this folder for {LOCK_WAIT:.0f} s"
    return PlatformBusy(what, fix="wait for the other run to end: the lock ends with its process")


def _replaced(path: str, data: bytes, *, secret: bool, mode: int | None) -> os.stat_result:
    old = _status(path)
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


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116  # the path is text all the way
    except FileNotFoundError:
        return None


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


def forget_leftovers(path: str) -> int:
    """Temporary files of a writer that was killed, secrets included; how many. The lock says that nobody else writes.

    Raises OSError.
    """
    folder, name = os.path.split(path)
    count = 0
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith(f".{name}.") and entry.name.endswith(_TEMPORARY):
                os.unlink(entry.path)  # noqa: PTH108
                count += 1
    return count


def _sync_folder(folder: str) -> None:
    """Never fails: the new file is in its place, and it would be wrong to say that it was not written."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot
            log.warning("%s is written; a power failure now could lose it: %s", folder, error.strerror)
