"""What changed from one plan to the next: for who has seen the earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from reconciler.model.codec import Json
from reconciler.model.difference import Moved, Since
from reconciler.views.markdown import code, prose
from reconciler.views.paper import Paper, cut, plural
from reconciler.views.printable import Printable, visible

_MOST, _LONG = 10, 300  # lines of a comment, and characters of one
_NOTHING = "Nothing changed between the two plans."


def text(found: Sequence[Moved], paper: Paper) -> Printable:
    lines: list[str] = []
    for address, group in groupby(found, key=lambda one: one.address):
        lines += [f"  {paper.paint(address, 'bold')}", *(f"      {visible(one.told)}" for one in group), ""]
    return paper.finish([*lines, paper.paint(_summary(found), "bold")])


def document(found: Sequence[Moved]) -> Json:
    return {
        "changed": [
            {
                "address": one.address,
                "part": one.part,
                "setting": one.setting,
                "before": one.before,
                "after": one.after,
            }
            for one in found
        ]
    }


def since(found: Since | None) -> list[str]:
    """What is new to who has seen the earlier plan, as Markdown; nothing where nobody has."""
    if found is None:
        return []
    before = f"the plan for {code(found.commit[:12])}" if found.commit else "the plan before"
    as_before = f"{plural(found.same, 'change')} as before"
    if not found.moved:
        return [f"The same as {before}: {as_before}, and a review of them still holds."]
    names = dict.fromkeys(one.address for one in found.moved)
    lines = [f"**Changed since {before}**: {plural(len(names), 'resource')}; {as_before}.", ""]
    lines += [f"- {code(one.address)}: {prose(cut(one.told, _LONG))}" for one in found.moved[:_MOST]]
    more = len(found.moved) - _MOST
    return [*lines, f"- and {more} more"] if more > 0 else lines


def markdown(found: Sequence[Moved]) -> str:
    lines = [f"**{_summary(found)}**", ""]
    lines += [f"- {code(one.address)}: {prose(one.told)}" for one in found]
    return "\n".join(lines).rstrip() + "\n"


def _summary(found: Sequence[Moved]) -> str:
    if not found:
        return _NOTHING
    resources = len({one.address for one in found})
    return f"{plural(resources, 'resource')} changed between the two plans."
