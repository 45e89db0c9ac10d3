"""Whether git tracks a file: a look into the index of the repository around it. Starts no git, changes nothing."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

_NAME_LENGTH = 0xFFF  # the bits of an entry's flags that tell how long its name is
_UNPACKED = (2, 3)  # versions whose entries hold whole names


def is_tracked(path: str) -> bool:
    """`path` is absolute, its links resolved. False where nobody can tell: no repository, or an unknown index."""
    folder = os.path.dirname(path)  # noqa: PTH120  # text: thousands of files are asked about
    try:
        if (found := _repository(folder)) is None:
            return False
        top, index = found
        status = os.stat(index)  # noqa: PTH116
        return _named(_content(index, status.st_mtime_ns, status.st_size), path[len(top) + 1 :].encode())
    except (OSError, ValueError):
        return False


@lru_cache(maxsize=1000)  # of a run: each file is asked about at every reading
def _repository(folder: str) -> tuple[str, str] | None:
    """The repository around a folder, and its index. Raises OSError, ValueError for a broken one."""
    while folder != "/":
        if os.path.lexists(f"{folder}/.git"):
            return folder, str(_git(Path(folder)) / "index")
        folder = os.path.dirname(folder)  # noqa: PTH120
    return None


def _git(repository: Path) -> Path:
    """`.git` is a folder, or a file that names it (worktrees, submodules)."""
    place = repository / ".git"
    if place.is_dir():
        return place
    _, _, named = place.read_text(encoding="utf-8").strip().partition("gitdir: ")
    return repository / named


@lru_cache(maxsize=4)
def _content(index: str, changed_at: int, size: int) -> bytes:
    return Path(index).read_bytes()


def _named(index: bytes, name: bytes) -> bool:
    """https://git-scm.com/docs/index-format: flags, then the name and NUL; version 4 cuts what names share."""
    if index[:4] != b"DIRC" or int.from_bytes(index[4:8], "big") not in _UNPACKED:
        return False
    at = index.find(name + b"\0")
    while at > 0:
        length = int.from_bytes(index[at - 2 : at], "big") & _NAME_LENGTH
        if length == min(len(name), _NAME_LENGTH):
            return True
        at = index.find(name + b"\0", at + 1)
    return False
