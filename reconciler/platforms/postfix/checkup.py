"""What `doctor` tells of a Postfix beside its settings: as whom, with which rights, which version. Writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from reconciler.drivers.shell.scripts import Host, ReadOnlyShell
from reconciler.errors import PlatformMissing
from reconciler.model.checkup import Checkup, Examined, examined
from reconciler.platforms.postfix import outcomes
from reconciler.platforms.postfix.access import script

_AS_ROOT = "log in as root (ssh: root@host), or as a user with sudo: true"


def checkup(unit: str, host: Callable[[], Host], directory: str) -> Checkup:
    return Checkup(unit=unit, kind="postfix", examined=examined(_steps(host, directory)), settings=True)


def _steps(host: Callable[[], Host], directory: str) -> Iterator[Examined]:
    where, began = host(), time.monotonic()
    rights = script("rights")
    ended = ReadOnlyShell(host=where, reads=frozenset({rights})).run(rights, directory)
    took = round((time.monotonic() - began) * 1000)
    told = dict(line.split(" ", 1) for line in ended.out.splitlines() if " " in line)
    yield Examined(what="reached", ok=True, said=f"{where}, answered in {took} ms")
    sudo = ", by sudo" if where.sudo else ""
    yield Examined(what="login", ok=True, said=f"as {told.get('user', 'nobody known')}{sudo}")
    if "postconf" not in told:
        raise PlatformMissing(f"{where}: there is no postconf", why="Postfix is not installed there", fix="install it")
    if "read" not in told:
        fix = f"correct connection.config_directory, or {_AS_ROOT}"
        raise PlatformMissing(f"{where}: there is no {directory}/main.cf that this user may read", fix=fix)
    yield Examined(what="read", ok=True, said=_read(directory, root="root" in told))
    yield _write(directory, root="root" in told, writable="write" in told)
    yield _version(told.get("version", ""), where)


def _read(directory: str, *, root: bool) -> str:
    hidden = "" if root else "; the login at the relay, and whether it runs, are for root to see"
    return f"{directory}/main.cf: allowed{hidden}"


def _write(directory: str, *, root: bool, writable: bool) -> Examined:
    """Without it a plan is possible still."""
    if root and writable:
        return Examined(what="write", ok=True, said=f"{directory}, and a reload: allowed, as root")
    said = f"{directory} is not writable" if root else "only root can change Postfix: postfix reload needs it"
    return Examined(what="write", ok=None, said=said, fix="mount it read-write" if root else _AS_ROOT)


def _version(version: str, host: Host) -> Examined:
    old = outcomes.too_old(version, host)
    said = f"Postfix {version}; supported: {outcomes.OLDEST} or later"
    return Examined(what="version", ok=old is None, said=said, fix=old.fix if old else None)
