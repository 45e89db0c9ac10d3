"""Bars: lengths to look at, beside a text that says the same. Drawn: a strict policy allows no style of an element."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.views.html.markup import Html, element

_WIDTH = 1000
_COLOURS = 8


def bar(share: float, kind: str) -> Html:
    """How much of all, from 0 to 1; `kind` as in `pieces.mark`. What it means stands beside it."""
    return _drawn([_part(0, max(0.0, min(share, 1.0)) * _WIDTH, kind)])


def parts(amounts: Sequence[float]) -> Html:
    """One beside the other, as long as they are."""
    whole, at, drawn = sum(amounts) or 1.0, 0.0, []
    for number, amount in enumerate(amounts):
        width = amount / whole * _WIDTH
        drawn.append(_part(at, width, colour(number)))
        at += width
    return _drawn(drawn)


def colour(number: int) -> str:
    """The class of a part."""
    return f"s{number % _COLOURS}"


def _part(at: float, width: float, kind: str) -> Html:
    return element("rect", x=f"{at:.0f}", width=f"{width:.0f}", height="8", class_=kind)


def _drawn(rects: Sequence[Html]) -> Html:
    return element(
        "svg", *rects, class_="bar", viewBox=f"0 0 {_WIDTH} 8", preserveAspectRatio="none", aria_hidden="true"
    )
