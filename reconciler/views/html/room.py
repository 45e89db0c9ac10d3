"""A page has an end: what is told in full, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.views.html.markup import Html, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    shown: Html
    left: int  # not shown, for want of room


def fitted(parts: Iterable[Html], size: int, count: int) -> Fitted:
    """As many of `count` parts as have `size` bytes together; parts are made only as long as they fit."""
    held: list[Html] = []
    used = 0
    for part in parts:
        used += len(part.encode())
        if used > size:
            break
        held.append(part)
    return Fitted(shown=joined(held), left=count - len(held))


def first(names: Sequence[str], most: int) -> tuple[Sequence[str], str]:
    """The first few, and what is said of the others."""
    more = len(names) - most
    return names[:most], f" and {more:,} more" if more > 0 else ""
