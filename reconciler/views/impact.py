"""Who breaks when a relay or a secret goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from reconciler.model.answers.impact import Dependency, Impact, Use
from reconciler.model.codec import Json
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable

_MOST = 20  # resources of one environment that are named


def document(found: Sequence[Impact]) -> Json:
    return {"impacts": [asdict(one) for one in found]}


def text(found: Sequence[Impact], paper: Paper, *, whole: bool) -> Printable:
    """`whole`: each with all that depends on it, else in a line."""
    if not found:
        return paper.finish(["No relay and no secret is declared."])
    if not whole:
        return paper.finish(_list(found))
    blocks = [list(_block(one, paper)) for one in found]
    return paper.finish(line for at, block in enumerate(blocks) for line in ([""] if at else []) + block)


def _list(found: Sequence[Impact]) -> list[str]:
    name = max(len(one.name) for one in found)
    return [f"{one.name:<{name}}  {one.kind:<6}  {_count(one)}" for one in found]


def _block(one: Impact, paper: Paper) -> Iterator[str]:
    where = f"   {one.declared[0]}" if one.kind is Dependency.RELAY else ""
    yield f"{paper.paint(one.name, 'bold')} ({one.kind}){where}"
    for use in one.relays:
        yield f"  {use.setting} of relay {use.address}   {use.where}"
    for title, uses in ((_cannot_send(one), one.resources), ("cannot be reached without it:", one.targets)):
        if uses:
            yield f"  {title}"
            yield from _uses(uses)
    yield paper.paint(f"{_count(one)}.", "bold")


def _cannot_send(one: Impact) -> str:
    return "cannot send when it goes:" if one.kind is Dependency.RELAY else "cannot log in at their relay without it:"


def _uses(uses: Sequence[Use]) -> Iterator[str]:
    stages = dict.fromkeys(use.address.partition("/")[0] for use in uses)
    for stage in stages:
        mine = [use for use in uses if use.address.partition("/")[0] == stage]
        yield f"    {stage}{' (protected)' if mine[0].protected else ''}"
        width = max(len(use.address) for use in mine[:_MOST])
        for use in mine[:_MOST]:
            yield f"      {use.address:<{width}}   {use.platform}   {use.where}"
        if len(mine) > _MOST:
            yield f"      and {len(mine) - _MOST} more"


def _count(one: Impact) -> str:
    said = []
    if one.resources:
        kinds = Counter(use.platform for use in one.resources)
        said.append(f"{plural(len(one.resources), 'resource')} of {plural(len(kinds), 'platform')} cannot send")
    if one.targets:
        said.append(f"{plural(len(one.targets), 'target')} cannot be reached")
    return ", ".join(said) or "nothing depends on it"
