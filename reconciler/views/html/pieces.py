"""What pages are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.views.html.markup import BREAK, Html, element, joined


def mark(word: str, kind: str) -> Html:
    """A status: a word, and a colour for those who see it. `kind` is ok, warn, fail, inconclusive or skipped."""
    return element("span", word, class_=f"mark {kind}")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], name: str = "Table") -> Html:
    """It scrolls by itself where the page is narrower; `name` is what a screen reader calls it."""
    return framed_table(head, (_line(element("tr", *(element("td", cell) for cell in row))) for row in rows), name)


def framed_table(head: Sequence[str], rows: Iterable[Html], name: str, *, stacked: bool = False) -> Html:
    """The same of rows that are made already; `stacked`: cells say enough to stand one below the other."""
    titles = element("tr", *(element("th", cell, scope="col") for cell in head))
    whole = element("table", element("thead", titles), _line(element("tbody", *rows)))
    return _line(
        element(
            "div", whole, class_="wide stacked" if stacked else "wide", tabindex="0", role="region", aria_label=name
        )
    )


def row(title: str, *cells: str, **attributes: str | None) -> Html:
    """One whose first cell is its title."""
    return _line(element("tr", element("th", title, scope="row"), *(element("td", one) for one in cells), **attributes))


def definitions(known: Mapping[str, str]) -> Html:
    """Labels and values; what is empty is left out."""
    pairs = [element("div", element("dt", name), element("dd", value)) for name, value in known.items() if value]
    return _line(element("dl", *pairs)) if pairs else joined(())


def folded(title: str, inside: str) -> Html:
    """Closed until somebody opens it."""
    return _line(element("details", element("summary", title), inside))


def _line(made: Html) -> Html:
    return joined((made, BREAK))
