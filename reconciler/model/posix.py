"""What only POSIX systems have. Windows has none of it: there, this is said, and HTTP platforms are managed as ever."""

from __future__ import annotations

import os

from reconciler.errors import PlatformError

HERE = hasattr(os, "geteuid")
_FIX = "run reconciler on Linux or macOS for this target (a container or WSL will do), or pause it"


def need(what: str, *, why: str) -> None:
    """Raises PlatformError on a system that is none; `what` says what cannot be done there, `why` what is missing."""
    if not HERE:
        raise PlatformError(f"{what} needs a POSIX system", why=f"this one has {why}", fix=_FIX)


def flags(*names: str) -> int:
    """Of `os.open`, as far as this system knows them."""
    found = 0
    for name in names:
        found |= getattr(os, name, 0)
    return found
