"""`--select PATTERN`: which addresses a command is about."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache

from reconciler.errors import UsageError


def matches(address: str, patterns: Sequence[str]) -> bool:
    """Only `*` is special, and it crosses `/`; a prefix that ends at `/`, `:` or `[` selects all below.

    No pattern selects everything.
    """
    return not patterns or any(_compiled(pattern).match(address) for pattern in patterns)


def concerns(unit: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern may select the target, or a resource of it that nobody has seen yet."""
    below = f"{unit}:"
    starts = [pattern.partition("*")[0] for pattern in patterns]
    return matches(unit, patterns) or any(
        start.startswith(below) or ("*" in pattern and below.startswith(start))
        for pattern, start in zip(patterns, starts, strict=True)
    )


def reaches(environment: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern may select something of the environment; rather once too often than once too little."""
    below = f"{environment}/"
    starts = [pattern.partition("*")[0] for pattern in patterns]
    return not patterns or any(below.startswith(start) or start.startswith(below) for start in starts)


def check(patterns: Sequence[str], addresses: Iterable[str], units: Sequence[str] = (), *, option: bool = True) -> None:
    """UsageError for a pattern that selects nothing, with the nearest name; `units` are all targets.

    `option` is False where patterns are arguments, without --select before them.
    """
    known = list(addresses)
    for pattern in patterns:
        if any(matches(address, [pattern]) for address in known):
            continue
        if empty := [unit for unit in units if matches(unit, [pattern])]:
            raise UsageError(
                f"{empty[0]} declares no resources",
                why="its file has platform and connection, and nothing else",
                fix=f"reconciler adopt {empty[0]} prints what the platform has as YAML",
            )
        raise _nothing(pattern, known, option=option)


def _nothing(pattern: str, known: Sequence[str], *, option: bool) -> UsageError:
    what = f"{'--select ' if option else ''}{pattern}: nothing is selected"
    parts = [part.strip() for part in pattern.split(",") if part.strip()]
    if len(parts) > 1 and any(matches(address, parts) for address in known):
        said = " ".join(f"{'--select ' if option else ''}{shlex.quote(part)}" for part in parts)
        fix = f"--select is repeatable: {said}" if option else f"reconciler explain {said}"
        return UsageError(what, why="a comma does not separate patterns", fix=fix)
    names = [*known, *{address.partition(":")[0] for address in known}, *{a.partition("/")[0] for a in known}]
    near = get_close_matches(pattern, names, n=1, cutoff=0.5)
    return UsageError(
        what,
        why="no declared address matches; `*` matches anything, and a prefix selects everything below it",
        fix=f"did you mean {near[0]}?" if near else "reconciler explain lists what is declared",
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was meant."""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.5)), None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    body = ".*".join(re.escape(part) for part in pattern.split("*"))
    below = "" if pattern.endswith(("/", ":", "[")) else r"(?:$|(?=[/:\[]))"
    return re.compile(f"{body}{below}", re.DOTALL)
