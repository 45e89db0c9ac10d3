"""Every resource in a line, by target: what the matrix leads to, and what the filter searches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.change import Change
from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.html.room import fitted
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.sections import ROOM, Section
from reconciler.views.overview.states import badge
from reconciler.views.paper import plural
from reconciler.views.plans import verdict


def section(picture: Picture) -> Section | None:
    if not picture.changes:
        return None
    found = [(unit, changes) for unit, changes in picture.targets.items() if changes]
    made = fitted((_target(unit, changes, picture) for unit, changes in found), ROOM["resources"], len(found))
    more = (
        element("p", f"Not shown, for want of room: {plural(made.left, 'target')}.", class_="soft") if made.left else ""
    )
    return Section(name="resources", title="Resource by resource", body=joined((made.shown, more)))


def _target(unit: str, changes: Sequence[Change], picture: Picture) -> Html:
    """Closed until a link leads there: of thousands there is nothing to draw before."""
    states = [picture.states[str(one.address)] for one in changes]
    worst = min(states, key=lambda one: one.rank)
    head = element(
        "summary", badge(worst), " ", unit, element("span", f" {plural(len(changes), 'resource')}", class_="soft")
    )
    rows = [_row(one, picture) for one in changes]
    whole = element("details", head, element("ul", *rows, class_="rows", id=picture.places[unit]))
    return joined((whole, BREAK))


def _row(one: Change, picture: Picture) -> Html:
    """Short: there are thousands."""
    state = picture.states[str(one.address)]
    mark = element("span", f"{state.sign} {state.word}", class_=f"mark {state.kind}")
    more = element("span", ", ".join(_said(one)), class_="soft")
    return joined((element("li", mark, f" {one.address.resource} ", more), BREAK))


def _said(one: Change) -> Iterator[str]:
    if one.fields:
        yield plural(len(one.fields), "setting")
    if told := len(verdict.warnings(one)):
        yield plural(told, "warning")
    if one.position:
        yield f"{one.position.file}:{one.position.line}"
