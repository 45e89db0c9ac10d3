"""A file of ours that is replaced as a whole, and read as a whole or not at all."""

from __future__ import annotations

import logging
import os
import tempfile
from io import RawIOBase
from pathlib import Path

log = logging.getLogger(__name__)


def put(path: Path, text: str, *, kept: bool = True) -> None:
    """As `replace`; makes the folder where there is none, for its owner alone."""
    try:
        replace(path, text, kept=kept)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(path, text, kept=kept)


def replace(path: Path, text: str, *, kept: bool = True) -> None:
    """A reader sees the old file or the new one, and a crash leaves one of the two. Raises OSError: it is the old one.

    Whoever writes holds a lock on it; `leftover_of` tells what a killed one leaves. Without `kept` a power failure may
    lose it, and it takes no time.
    """
    # mkstemp makes it 0600
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb", buffering=0) as file:  # noqa: PTH123  # a descriptor
            _written(file, text.encode())
            if kept:
                os.fsync(handle)
        os.replace(temporary, path)  # noqa: PTH105  # a pair with mkstemp
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if kept:
        sync_folder(path)


def _written(file: RawIOBase, data: bytes) -> None:
    """All of it: a write without a buffer may take a part."""
    while data:
        data = data[file.write(data) or 0 :]


def sync_folder(path: Path) -> None:
    """So that the name of a file survives a power failure. Where that fails the file is in place all the same."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:  # it would be wrong to say that it was not written
        log.warning("state %s is written; a power failure now could lose it: %s", path, error.strerror)


def leftover_of(name: str) -> str | None:
    """The file that a temporary file of `replace` was to become; None for any other file."""
    whole, _, unique = name[1:].rpartition(".")
    return whole if name.startswith(".") and len(unique) == 8 and whole else None


def forget_leftovers(path: Path) -> None:
    """Of a run that was killed while it replaced this file. Raises OSError."""
    if path.parent.is_dir():
        for found in path.parent.iterdir():
            if leftover_of(found.name) == path.name:
                found.unlink(missing_ok=True)
