"""Which files are mounted on their own, here and in containers: from /proc, once in a while. Nothing but on Linux."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

_REMEMBERED = 30.0  # seconds
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounts:
    """`here` is the device and root of each mount point of ours; `roots` what is mounted anywhere that we may see."""

    here: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    roots: frozenset[tuple[str, str]] = frozenset()
    names: frozenset[str] = frozenset()  # the last parts of those roots: most files are none of them


def is_mounted(path: str) -> bool:
    """Whether the file (links resolved) is itself a mount point."""
    return path in _mounts().here


def is_mounted_alone(path: str) -> bool:
    """Whether the file is mounted somewhere else on its own, so that a new file in its place is not seen there."""
    known = _mounts()
    return os.path.basename(path) in known.names and _root(path, known) in known.roots  # noqa: PTH119


def _mounts() -> Mounts:
    return _read(int(time.monotonic() / _REMEMBERED))


@lru_cache(maxsize=1)
def _read(when: int) -> Mounts:
    here = {point: (device, root) for device, root, point in _entries(Path("/proc/self/mountinfo"))}
    roots = frozenset(place for place in (*here.values(), *_elsewhere()) if place[1] != "/")
    return Mounts(here=here, roots=roots, names=frozenset(root.rpartition("/")[2] for _, root in roots))


def _elsewhere() -> Iterator[tuple[str, str]]:
    """Mounts of other namespaces, those of containers: each namespace once. Root sees them, others nothing."""
    seen = {_namespace("self")}
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):  # noqa: PTH208
            if name.isdigit() and (space := _namespace(name)) and space not in seen:
                seen.add(space)
                yield from ((device, root) for device, root, _ in _entries(Path(f"/proc/{name}/mountinfo")))


def _namespace(process: str) -> str | None:
    try:
        return os.readlink(f"/proc/{process}/ns/mnt")  # noqa: PTH115
    except OSError:
        return None


def _entries(path: Path) -> Iterator[tuple[str, str, str]]:
    """Device, root and mount point. https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html"""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        words = line.split(" ")
        yield words[2], _plain(words[3]), _plain(words[4])


def _plain(word: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), word)


def _root(path: str, known: Mounts) -> tuple[str, str]:
    """The device of a file, and its path there."""
    point = max((one for one in known.here if one == "/" or path.startswith(f"{one}/")), key=len, default="/")
    device, root = known.here.get(point, ("", "/"))
    return device, f"{root.rstrip('/')}/{path[len(point) :].lstrip('/')}"
