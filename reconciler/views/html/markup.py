"""Elements of HTML. Whatever is not markup already is escaped when it is put into one, so nobody can forget to."""

from __future__ import annotations

import html
from collections.abc import Iterable

from reconciler.views import printable


class Html(str):
    """Markup. Made by this module; a literal of the code may be one too, text from anywhere else never."""

    __slots__ = ()


BREAK = Html("\n")  # in the file, so that it can be compared line by line; a browser shows none


def text(value: str) -> Html:
    """As it is to be read, on one line: without signs that hide or turn what stands beside them."""
    return value if isinstance(value, Html) else Html(html.escape(printable.visible(value)))


def lines(value: str) -> Html:
    """The same for text of several lines, which stay apart."""
    return Html("\n".join(map(text, value.splitlines())))


def element(name: str, *children: str, **attributes: str | None) -> Html:
    """`class_` is the attribute class; one that is None is left out."""
    given = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None)
    told = "".join(f' {key}="{html.escape(printable.visible(value))}"' for key, value in given)
    return Html(f"<{name}{told}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Html:
    return Html("".join(map(text, children)))
