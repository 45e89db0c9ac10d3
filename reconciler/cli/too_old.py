"""Packages that are older than what this one needs: the usual reason for what looks like a bug of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata

_DISTRIBUTION = "mail-reconciler"
_FLOOR = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*>=\s*(?P<least>[0-9.]+)$")


def told() -> str | None:
    """What is too old, e.g. "needs cryptography 43 or newer, found 38.0.4". None where all fits, or nobody can tell."""
    try:
        needed = metadata.requires(_DISTRIBUTION) or ()
    except metadata.PackageNotFoundError:  # a checkout that was never installed
        return None
    found = tuple(lacking(needed, metadata.version))
    return f"needs {'; '.join(found)}" if found else None


def lacking(needed: Iterable[str], version: Callable[[str], str]) -> Iterator[str]:
    """`needed` as package metadata says it (PEP 508); what belongs to an extra is left out."""
    for one in needed:
        if (match := _FLOOR.match(one)) is None:
            continue
        there = version(match["name"])
        if _numbers(there) < _numbers(match["least"]):
            yield f"{match['name']} {match['least']} or newer, found {there}"


def _numbers(version: str) -> tuple[int, ...]:
    numbers = tuple(map(int, re.findall(r"\d+", re.split(r"[^0-9.]", version)[0])))
    return (*numbers, 0, 0, 0)[:3]
