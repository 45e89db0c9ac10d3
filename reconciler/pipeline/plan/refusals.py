"""Blocks what a platform would refuse to write, as far as its reading shows: a plan promises only what can be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding
from reconciler.model.settings import Reading
from reconciler.pipeline import guard


def blocked(changes: Sequence[Change], readings: Mapping[str, Reading]) -> tuple[Change, ...]:
    """The same changes; `changes` are those that are selected, for nothing else will be done.

    A platform that raises is not asked to write.
    """
    found: dict[tuple[str, str], Finding] = {}
    asked: set[str] = set()
    for reading in readings.values():
        writing = [one for one in changes if one.writes and one.installation == reading.installation]
        if writing and not reading.unreadable and reading.installation not in asked:
            asked.add(reading.installation)
            for address, finding in _refused(writing, reading):
                found.setdefault((reading.installation, address), finding)
    return tuple(_decided(change, found.get((change.installation, str(change.address)))) for change in changes)


def _refused(writing: Sequence[Change], reading: Reading) -> Iterable[tuple[str, Finding]]:
    told = guard.asked(reading.unit, lambda: _asked(writing, reading))
    if isinstance(told, Finding):
        return [(str(change.address), replace(told, address=str(change.address))) for change in writing]
    return [(str(finding.address), finding) for finding in told]


def _asked(writing: Sequence[Change], reading: Reading) -> tuple[Finding, ...]:
    refusals = guard.platform(reading.kind).refusals
    return () if refusals is None else tuple(refusals(writing, reading))


def _decided(change: Change, finding: Finding | None) -> Change:
    if finding is None or not change.writes:
        return change
    return replace(change, action=Action.BLOCKED, findings=(*change.findings, finding))
