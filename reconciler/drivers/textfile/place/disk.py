"""A file on this host: read at once, replaced as a whole."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from reconciler.drivers.textfile.place import git_index, mounts
from reconciler.drivers.textfile.place.facts import ACCESS_LIST, Facts, listed
from reconciler.drivers.textfile.place.notes import Notes
from reconciler.drivers.textfile.place.port import MAX_SIZE, Make, Seen
from reconciler.drivers.textfile.place.replace import forget_leftovers, locked, replace, translated
from reconciler.errors import PlatformAnswer, PlatformMissing
from reconciler.model import posix


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """`notes` is the folder where our own modifications are remembered; without it each looks like somebody else's."""

    path: str
    notes: Path | None = None

    def seen(self) -> Seen | None:
        """As Place.seen: PlatformMissing without its folder, PlatformAnswer for what is no file, else PlatformError."""
        posix.need(f"{self.path}: a file of this machine", why="no owners and no locks as numbers")
        if (found := _bytes(self.path)) is None:
            return None
        return Seen(data=found.data, marker=self._mark(found.name, found.status), facts=_facts(found))

    def replace(self, make: Make, *, secret: bool, mode: int | None, in_place: bool) -> None:
        """As Place.replace: PlatformBusy for a lock that is held, else PlatformError."""
        real = os.path.realpath(self.path)
        with locked(real):
            found = _bytes(real)
            if (new := make(found and found.data)) is not None:
                before = self._mark(real, found.status) if found else None
                now = replace(real, new, secret=secret, mode=mode, in_place=in_place)
                self._notes(real).keep(_identity(now), before or str(now.st_mtime_ns))

    def recover(self) -> int:
        """As Place.recover. Raises PlatformError."""
        real = os.path.realpath(self.path)
        if not os.path.isdir(os.path.dirname(real)):  # noqa: PTH112, PTH120  # the path is text all the way
            return 0
        with locked(real):
            try:
                self._notes(real).forget_leftovers()
                return forget_leftovers(real)
            except OSError as error:
                raise translated(error, self.path) from error

    def _mark(self, real: str, found: os.stat_result) -> str:
        """The time of the last modification that was not ours."""
        return self._notes(real).marker(_identity(found), str(found.st_mtime_ns))

    def _notes(self, real: str) -> Notes:
        return Notes(folder=self.notes, name=real)


def _identity(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns}:{found.st_size}:{found.st_ino}"


class _Found(NamedTuple):
    """`name` is the one behind links; `status` is from before the text: an edit in between is seen, never missed."""

    data: bytes
    status: os.stat_result
    access: bytes
    name: str


def _facts(found: _Found) -> Facts:
    return Facts(
        mode=stat.S_IMODE(found.status.st_mode),
        owner=_user(found.status.st_uid),
        group=_group(found.status.st_gid),
        listed=listed(found.access),
        names=found.status.st_nlink,
        mounted=mounts.is_mounted(found.name),
        mounted_alone=mounts.is_mounted_alone(found.name),
        tracked=git_index.is_tracked(found.name),
    )


def _bytes(given: str) -> _Found | None:
    """The whole file, and what it is; None without one, an error without its folder."""
    try:
        # not blocking: a pipe without a writer would hold the run for ever
        descriptor = os.open(given, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        path = os.path.realpath(given)
        folder = os.path.dirname(path)  # noqa: PTH120
        if os.path.isdir(folder):  # noqa: PTH112
            return None
        fix = f"create {folder}, or correct connection.path"
        raise PlatformMissing(f"{path}: the folder {folder} does not exist", fix=fix) from error
    except OSError as error:
        raise translated(error, os.path.realpath(given)) from error
    path = _name(descriptor, given)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PlatformAnswer(f"{path}: not a regular file", fix="correct connection.path")
        data = _content(descriptor)
        access = _access_list(descriptor)
    except OSError as error:
        raise translated(error, path) from error
    finally:
        os.close(descriptor)
    if len(data) > MAX_SIZE:
        raise PlatformAnswer(f"{path}: larger than 1 MiB", why="settings are small", fix="correct connection.path")
    return _Found(data, status, access, path)


def _name(descriptor: int, given: str) -> str:
    """The absolute name behind links: of an open file, Linux tells it at once."""
    try:
        name = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115  # the path is text all the way
    except OSError:
        return os.path.realpath(given)
    # it was removed meanwhile, or is outside of our root
    return os.path.realpath(given) if name.endswith(" (deleted)") or not name.startswith("/") else name


def _content(descriptor: int) -> bytes:
    """Up to one byte more than is taken. A read may give less than it is asked for."""
    data = os.read(descriptor, MAX_SIZE + 1)
    while data and len(data) <= MAX_SIZE and (more := os.read(descriptor, MAX_SIZE + 1 - len(data))):
        data += more
    return data


def _access_list(descriptor: int) -> bytes:
    """Empty where there is none, and where the file system or the operating system has none."""
    try:
        return os.getxattr(descriptor, ACCESS_LIST)
    except (OSError, AttributeError):
        return b""


@lru_cache(maxsize=100)
def _user(number: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


@lru_cache(maxsize=100)
def _group(number: int) -> str:
    try:
        import grp

        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
