"""Files that a connection is trusted by. A pipe or a terminal in their place would keep a run waiting for ever."""

from __future__ import annotations

import errno
from pathlib import Path


def check(path: str | Path, *, folder: bool = False) -> None:
    """Raises OSError for what is there and no regular file, nor a folder where one may stand for it."""
    found = Path(path)
    if found.exists() and not found.is_file() and not (folder and found.is_dir()):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
