"""Waiting for several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def side_by_side(work: Callable[[U], T], units: Sequence[U], most: int | None = None) -> list[T]:
    """In the order of the units, `most` at a time. Ctrl-C, and whatever one raises, waits for none of the others."""
    if len(units) < 2:
        return [work(unit) for unit in units]
    pool = ThreadPoolExecutor(max_workers=min(len(units), most or len(units)))
    try:
        return list(pool.map(work, units))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
