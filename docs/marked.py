"""What stands between two marks of a page, and is made of the code."""

from __future__ import annotations

from collections.abc import Iterable


def renewed(page: str, begin: str, end: str, lines: Iterable[str]) -> str:
    """The page with these lines between the marks; ValueError for one without the marks."""
    before, _, rest = page.partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise ValueError(f"there is no {begin} … {end}")
    return "".join((before, begin, "\n", "\n".join(lines), "\n", end, after))
