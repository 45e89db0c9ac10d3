"""The browser's folder: one for each process, swept when it ends, and by the next run where the process was killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PREFIX, _LOCK = "reconciler-browser-", "in-use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    path: Path
    lock: int  # a file descriptor; the system lets go of it when the process ends, however it ends

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def made(within: Path | None = None) -> Folder:
    """A folder that only this user reads, held by a lock. Raises OSError."""
    path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=within))
    lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    import fcntl

    fcntl.flock(lock, fcntl.LOCK_EX)
    return Folder(path=path, lock=lock)


def sweep(within: Path | None = None) -> tuple[Path, ...]:
    """Removes the folders of this user's runs that are no more; returns them."""
    return tuple(path for path in _ours(within or Path(tempfile.gettempdir())) if _removed(path))


def _ours(within: Path) -> Iterator[Path]:
    for path in sorted(within.glob(_PREFIX + "*")):
        try:
            status = path.lstat()
        except OSError:
            continue
        if status.st_uid == os.getuid() and path.is_dir() and not path.is_symlink():
            yield path


def _removed(path: Path) -> bool:
    """A folder without a lock file is one that is being made just now."""
    try:
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
