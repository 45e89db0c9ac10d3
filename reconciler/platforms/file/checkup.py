"""What `doctor` tells of a file beside its settings: whose it is, and what this user may do with it. Writes nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from reconciler.errors import PlatformMissing
from reconciler.model import posix
from reconciler.model.checkup import Checkup, Examined, examined
from reconciler.platforms.file.layout import Layout


def checkup(unit: str, path: str, layout: Layout) -> Checkup:
    return Checkup(unit=unit, kind="file", examined=examined(_steps(Path(path), layout)), settings=True)


def _steps(path: Path, layout: Layout) -> Iterator[Examined]:
    posix.need(f"{path}: a file of this machine", why="no owners and no locks as numbers")
    real, user = Path(os.path.realpath(path)), _name(os.geteuid())
    if not real.parent.is_dir():
        fix = "create it, or correct connection.path"
        raise PlatformMissing(f"{path}: no such folder", why="only the file is created", fix=fix)
    there = real.exists()
    behind = "" if real == path.absolute() else f", which is {real}"
    yield Examined(what="reached", ok=True, said=f"{path}{behind}, on this host")
    yield Examined(what="login", ok=True, said=f"as {user}")
    if there:
        found = real.stat()
        whose = f"{stat.filemode(found.st_mode)[1:]} of {_name(found.st_uid)}"
        yield _right("read", _may(real, os.R_OK), f"the file, {whose}", needed=True)
    else:
        yield Examined(what="read", ok=None, said="there is no such file yet; apply creates it")
    may = _may(real.parent, os.W_OK | os.X_OK) and (not there or _may(real, os.W_OK))
    yield _right("write", may, f"{real.parent}, where the file is replaced as a whole", needed=False)
    yield Examined(what="version", ok=True, said=f"{layout.format}, as {layout.reader} reads it")


def _may(path: Path, mode: int) -> bool:
    """As whom we act, where the system tells the two apart."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _right(what: str, may: bool, about: str, *, needed: bool) -> Examined:
    """Without the right to write, a plan is possible still."""
    if may:
        return Examined(what=what, ok=True, said=f"{about}: allowed")
    ok = False if needed else None
    return Examined(
        what=what, ok=ok, said=f"{about}: not allowed", fix="run as the owner of the file and of its folder"
    )


def _name(user: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(user).pw_name
    except (ImportError, KeyError):
        return f"user {user}"
