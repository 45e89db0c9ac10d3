"""Whether a version meets a requirement such as `>=0.1, <2`: the part of PEP 440 that a release number needs."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

_PART = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*([0-9]+(?:\.[0-9]+)*)\s*")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def satisfied(requirement: str, version: str) -> bool:
    """True for a requirement that cannot be read: its form is the schema's to judge."""
    parts = [_PART.fullmatch(part) for part in requirement.split(",")]
    return all(part is None or _COMPARE[part[1]](*_padded(version, part[2])) for part in parts)


def _padded(*versions: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """0.1 and 0.1.0 are equal; what follows the numbers (dev1, rc1) does not count."""
    first, second = ([int(number) for number in re.findall(r"[0-9]+", _release(version))] for version in versions)
    pairs = list(zip_longest(first, second, fillvalue=0))
    return tuple(left for left, _ in pairs), tuple(right for _, right in pairs)


def _release(version: str) -> str:
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return match[0] if match else "0"
