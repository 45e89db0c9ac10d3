"""How many units go in one message: several small ones, for each message costs; few where few wait for each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TypeVar

MOST = 10  # units in one message
AT_ONCE = 32  # messages on their way to one zone
_LARGE = 400  # resources and changes; 500 bytes each, 200 kB of the 1 MB that a message may have

T = TypeVar("T")


def batches(units: Sequence[T], weight: Callable[[T], int]) -> list[tuple[T, ...]]:
    """In their order. Units of one message are answered together: up to AT_ONCE of them each go alone."""
    most = min(MOST, max(1, -(-len(units) // AT_ONCE)))
    found: list[tuple[T, ...]] = []
    rest = iter(units)
    while together := tuple(islice(rest, most)):
        found.extend(_light(together, weight))
    return found


def _light(units: tuple[T, ...], weight: Callable[[T], int]) -> list[tuple[T, ...]]:
    """Halved until each is light enough, or one unit."""
    if len(units) == 1 or sum(map(weight, units)) <= _LARGE:
        return [units]
    middle = len(units) // 2
    return [*_light(units[:middle], weight), *_light(units[middle:], weight)]
