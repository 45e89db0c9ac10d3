"""What a plan would change in the very text of a platform, where that has one. Reads again, writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape, Target
from reconciler.model.plan import Plan
from reconciler.pipeline import guard


def lines(landscape: Landscape, plan: Plan) -> Iterator[str]:
    """Lines for people, secrets masked by the platform; where there are none to show, why."""
    writing: dict[tuple[str, str], list[Change]] = {}
    for one in plan.changes:
        if one.writes:
            writing.setdefault((one.address.unit, one.installation), []).append(one)
    for target in landscape.targets:
        if mine := writing.get((target.unit, target.installation)):
            yield from _of(target, mine)


def _of(target: Target, changes: Sequence[Change]) -> Sequence[str]:
    found = guard.answer_or_finding(target.unit, lambda: _asked(target, changes))
    return (f"{target.unit}: no diff: {found.what}",) if isinstance(found, Finding) else found


def _asked(target: Target, changes: Sequence[Change]) -> tuple[str, ...]:
    preview = guard.platform(target.kind).preview
    return () if preview is None else tuple(preview(target.unit, changes, target.connection))
