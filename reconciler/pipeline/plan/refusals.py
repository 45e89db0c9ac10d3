"""Blocks what a platform would refuse to write, as far as its reading shows: a plan promises only what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler import platforms
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding
from reconciler.model.ports import Refusing
from reconciler.model.settings import Reading


def blocked(changes: Sequence[Change], readings: Mapping[str, Reading]) -> tuple[Change, ...]:
    """The same changes; `changes` are those that are selected, for nothing else will be done."""
    found: dict[tuple[str, str], Finding] = {}
    asked: set[str] = set()
    for reading in readings.values():
        writing = [one for one in changes if one.writes and one.installation == reading.installation]
        platform: object = platforms.load(reading.kind) if writing and not reading.unreadable else None
        if isinstance(platform, Refusing) and reading.installation not in asked:
            asked.add(reading.installation)
            for finding in platform.refusals(writing, reading):
                found.setdefault((reading.installation, str(finding.address)), finding)
    return tuple(_decided(change, found.get((change.installation, str(change.address)))) for change in changes)


def _decided(change: Change, finding: Finding | None) -> Change:
    if finding is None or not change.writes:
        return change
    return replace(change, action=Action.BLOCKED, findings=(*change.findings, finding))
