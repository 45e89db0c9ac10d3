"""The style and the script of the page, which lie beside this file as what they are."""

from __future__ import annotations

from importlib.resources import files

from reconciler.views.html.markup import Html


def style() -> Html:
    return _file("looks.css")


def script() -> Html:
    return _file("filter.js")


def _file(name: str) -> Html:
    return Html(files(__package__).joinpath(name).read_text("utf-8"))
