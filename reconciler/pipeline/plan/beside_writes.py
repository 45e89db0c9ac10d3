"""What a platform tells of a whole target where something is written to it: once, beside the first change. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.model.change import Action, Change, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Reading


def told(changes: Sequence[Change], readings: Mapping[str, Reading]) -> tuple[Change, ...]:
    """An error keeps each change that it is about from being written; a risk has to be accepted by name."""
    seen: set[tuple[str, str, str]] = set()
    return tuple(
        _beside(change, reading, seen)
        if change.writes and (reading := readings.get(change.address.unit)) and reading.beside_writes
        else change
        for change in changes
    )


def _beside(change: Change, reading: Reading, seen: set[tuple[str, str, str]]) -> Change:
    if change.installation != reading.installation:
        return change
    written = {field.field for field in change.fields if field.kind is not FieldKind.UNSET}
    mine = [one for one in reading.beside_writes if (one.field in written if one.field else change.fields)]
    errors = [one for one in mine if one.severity is Severity.ERROR]
    if errors:
        return replace(change, action=Action.BLOCKED, findings=(*change.findings, *_at(change, errors[:1])))
    keys = {(reading.unit, one.rule, one.what): one for one in mine}
    new = [one for key, one in keys.items() if key not in seen]
    seen |= keys.keys()
    risks = [one for one in new if one.severity is Severity.RISK]
    notes = [one for one in new if one.severity is not Severity.RISK]
    return replace(change, risks=(*change.risks, *_at(change, risks)), findings=(*change.findings, *_at(change, notes)))


def _at(change: Change, found: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(one, address=str(change.address)) for one in found)
