"""Targets by stages: what each is at, its relay beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.change import Change
from reconciler.model.plan import Stage
from reconciler.views.html.markup import Html, element, joined
from reconciler.views.html.pieces import framed_table, row
from reconciler.views.html.room import fitted
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.sections import ROOM, Section, left_out
from reconciler.views.overview.states import State, badge, shown


def section(picture: Picture) -> Section | None:
    if not picture.targets:
        return None
    found = _by_name(picture)
    stages = [one for one in _stages(picture) if any(one.name in cells for cells in found.values())]
    made = fitted((_row(name, cells, stages, picture) for name, cells in found.items()), ROOM["matrix"], len(found))
    head = ("Target", *(f"{one.name} (protected)" if one.protected else one.name for one in stages))
    whole = framed_table(head, [made.shown], "Stages and targets")
    return Section(name="matrix", title="Stages and targets", body=joined((whole, left_out(made.left))))


def _by_name(picture: Picture) -> Mapping[str, Mapping[str, str]]:
    """Of each target's name: the target of each stage."""
    found: dict[str, dict[str, str]] = {}
    for unit in sorted(picture.targets, key=lambda one: one.partition("/")[2]):
        stage, _, name = unit.partition("/")
        found.setdefault(name, {})[stage] = unit
    return found


def _stages(picture: Picture) -> Sequence[Stage]:
    """In their order; what left the files may have been in one that is there no more."""
    known = picture.overview.plan.stages if picture.overview.plan else ()
    names = dict.fromkeys(unit.partition("/")[0] for unit in picture.targets)
    gone = [Stage(name=name, order=0, protected=False) for name in names if all(name != one.name for one in known)]
    return [*sorted(known, key=lambda one: one.order), *gone]


def _row(name: str, cells: Mapping[str, str], stages: Sequence[Stage], picture: Picture) -> Html:
    kinds = dict.fromkeys(one.kind for unit in cells.values() for one in picture.targets[unit] if one.kind)
    title = joined((name, element("span", f" {', '.join(kinds)}", class_="soft")))
    told = (_cell(cells.get(stage.name), picture) for stage in stages)
    return row(title, *told, data_find=" ".join(cells))


def _cell(unit: str | None, picture: Picture) -> Html:
    if unit is None:
        return element("span", "–", class_="soft")
    found = picture.targets[unit]
    link = element("a", *_marks(found, picture), href=f"#{picture.places[unit]}") if found else badge(State.UNREAD)
    return joined((link, *_relay(found, picture)))


def _marks(found: Sequence[Change], picture: Picture) -> Iterator[Html]:
    """The worst, with how many of how many are at it."""
    at = [picture.states[str(one.address)] for one in found]
    worst = min(at, key=lambda one: one.rank)
    yield badge(worst, f" {at.count(worst)}/{len(at)}" if len(at) > 1 else "")


def _relay(found: Sequence[Change], picture: Picture) -> Iterator[Html]:
    if any(str(one.address) in picture.silenced for one in found):
        yield joined((" ", shown("relay fails", "×", "fail")))
