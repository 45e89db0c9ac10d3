"""What a change was compared with, and what its run uses, before anything else is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.plan import Review, Used
from reconciler.views.markdown import code
from reconciler.views.paper import Paper

_MOST = 8  # of one kind that are named


def lines(review: Review | None, paper: Paper) -> list[str]:
    """None without a base; the last line is empty."""
    if review is None:
        return []
    told = [f"{'base':<15}{review.name}, commit {review.commit[:12]}"]
    for used in _worth_a_line(review):
        for words, named in _groups(used):
            sign = paper.paint("!", "!") if words else " "
            told.append(f"{sign} {used.kind:<13}{words}{_some(named)}")
    return [*told, ""]


def markdown(review: Review | None) -> list[str]:
    if review is None:
        return []
    told = [f"Compared with {code(review.name)}, commit {code(review.commit[:12])}."]
    for used in _worth_a_line(review):
        told += [f"- {used.kind}: {words}{', '.join(map(code, _few(named)))}" for words, named in _groups(used)]
    return told


def _worth_a_line(review: Review) -> Iterator[Used]:
    return (used for used in review.uses if used.same or used.added or used.removed)


def _groups(used: Used) -> Iterator[tuple[str, Sequence[str]]]:
    groups = {"": used.same, "not in the base: ": used.added, "only in the base: ": used.removed}
    return ((words, named) for words, named in groups.items() if named)


def _some(named: Sequence[str]) -> str:
    return ", ".join(_few(named))


def _few(named: Sequence[str]) -> list[str]:
    more = len(named) - _MOST
    return [*named[:_MOST], *([f"and {more} more"] if more > 0 else [])]
