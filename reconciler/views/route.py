"""Which mail server of an application a mail from one address takes, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model import codec
from reconciler.model.answers.route import Route
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable

_UNKNOWN = "not known from the files"


def document(routes: Mapping[str, Route]) -> codec.Json:
    """By target."""
    return {"routes": [{"target": unit, **_as_data(route)} for unit, route in routes.items()]}


def _as_data(route: Route) -> codec.Json:
    taken = None if route.taken is None else str(route.taken)
    return {"taken": taken, "steps": list(route.steps), "from": route.author, "envelope_sender": route.sender}


def text(routes: Mapping[str, Route], paper: Paper) -> Printable:
    blocks = [list(_block(unit, route, paper)) for unit, route in routes.items()]
    return paper.finish(line for at, block in enumerate(blocks) for line in ([""] if at else []) + block)


def _block(unit: str, route: Route, paper: Paper) -> Iterator[str]:
    yield paper.paint(f"{unit}: {route.taken.resource if route.taken else 'none of the declared mail servers'}", "bold")
    yield from (f"  {number}. {step}" for number, step in enumerate(route.steps, 1))
    if route.taken:
        yield f"  From: {route.author or _UNKNOWN}"
        yield f"  envelope sender: {route.sender or _UNKNOWN}"
        yield "  what is not declared may take it all the same: reconciler drift tells"
