"""Asks git about objects and references. Nothing here changes a repository, and no program of the repository is run."""

from __future__ import annotations

import subprocess
from pathlib import Path

from reconciler.secrets import surroundings


def said(folder: Path, *arguments: str, given: bytes | None = None) -> str | None:
    """What git prints, without the last line break; None when it refuses, or is not there."""
    found = output(folder, *arguments, given=given)
    return None if found is None else found.decode("utf-8", "surrogateescape").removesuffix("\n")


def output(folder: Path, *arguments: str, given: bytes | None = None) -> bytes | None:
    """The same as bytes; `given` is its stdin."""
    try:
        done = subprocess.run(  # noqa: S603  # a list, and no shell
            ["git", "-C", str(folder), "--no-replace-objects", *arguments],  # noqa: S607  # the user's own git
            input=given or b"",
            capture_output=True,
            check=False,
            timeout=60,
            env=surroundings.small(),
        )
    except (OSError, ValueError, subprocess.SubprocessError):  # ValueError: a name with a NUL
        return None
    return done.stdout if done.returncode == 0 else None
