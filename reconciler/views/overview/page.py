"""The page of `report`: self-contained, readable without script, style and colour. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.model.answers.overview import Overview, Source
from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.html.page import framed
from reconciler.views.overview import (
    accepted,
    ages,
    changes,
    head,
    looks,
    matrix,
    needs,
    relays,
    resources,
    runs,
    senders,
)
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.sections import Section
from reconciler.views.printable import Printable

# in the order in which somebody would ask
_SECTIONS: Sequence[Callable[[Picture], Section | None]] = (
    needs.section,
    matrix.section,
    relays.section,
    senders.section,
    ages.section,
    changes.section,
    accepted.section,
    runs.section,
    resources.section,
)
_SKIP = Html('<a class="skip" href="#needs">Skip to what needs attention</a>')


def text(overview: Overview) -> Printable:
    picture = Picture(overview=overview)
    sections = [found for made in _SECTIONS if (found := made(picture))]
    main = element("main", *(one.made() for one in sections))
    top = head.head(picture, sections)
    return framed(
        f"Outgoing mail: {head.sentence(picture)}",
        _SKIP,
        BREAK,
        top,
        main,
        _foot(overview),
        style=looks.style(),
        script=looks.script(),
    )


def _foot(overview: Overview) -> Html:
    made = joined(element("li", *_source(one)) for one in overview.sources)
    said = "Made by reconciler report from:"
    return joined((element("footer", element("p", said), element("ul", made)), BREAK))


def _source(one: Source) -> Sequence[str]:
    at = f", {one.at[:16].replace('T', ' ')} UTC" if one.at else ""
    return (one.name or "this run", f" ({one.kind}{at})", "" if one.complete else " – not complete")
