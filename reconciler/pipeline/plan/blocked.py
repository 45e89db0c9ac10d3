"""What keeps a resource from being planned: a decision that is missing, a read that failed, a platform's refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Desired, Reading, Stranger
from reconciler.pipeline import guard


def resource(wanted: Desired, finding: Finding) -> Change:
    """Nothing is known of the platform. What waits for a review shows what is wanted; else there is nothing to tell."""
    unreviewed = finding.holds is Holds.UNTIL_REVIEWED
    return Change(
        address=wanted.address,
        kind=wanted.kind,
        installation=wanted.installation,
        action=Action.BLOCKED,
        fields=tuple(_wanted(wanted, name) for name in wanted.settings) if unreviewed else (),
        findings=(finding,),
        position=wanted.position,
    )


def _wanted(wanted: Desired, field: str) -> FieldChange:
    value = wanted.settings[field]
    return FieldChange(
        field=field,
        kind=FieldKind.UNSET if value is None else FieldKind.SET,
        before=None,
        after=value,
        cause=Cause.GIT,
        sensitive=isinstance(value, SecretRef),
        version="?" if isinstance(value, SecretRef) else None,
        origin=wanted.origin.get(field),
    )


def block(change: Change, finding: Finding) -> Change:
    """The same change, which nobody may carry out."""
    return replace(change, action=Action.BLOCKED, findings=(finding, *change.findings))


def refused(changes: Sequence[Change], readings: Mapping[str, Reading]) -> tuple[Change, ...]:
    """Without what a platform's reading shows that it would refuse: a plan promises only what can be done.

    `changes` are those that are selected, for nothing else will be done. A platform that raises is not
    asked to write.
    """
    found: dict[tuple[str, str], Finding] = {}
    todo: dict[str, list[Change]] = {}
    for one in changes:
        if one.writes:
            todo.setdefault(one.installation, []).append(one)
    for reading in readings.values():
        if not reading.unreadable and (writing := todo.pop(reading.installation, None)):
            for address, finding in _refusals(writing, reading):
                found.setdefault((reading.installation, address), finding)
    return tuple(_decided(change, found.get((change.installation, str(change.address)))) for change in changes)


def _refusals(writing: Sequence[Change], reading: Reading) -> Iterable[tuple[str, Finding]]:
    told = guard.answer_or_finding(reading.unit, lambda: _asked(writing, reading))
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


def claimed_twice(change: Change, claims: Sequence[Change]) -> Finding:
    others = ", ".join(str(other.address) for other in claims if other.address != change.address)
    return Finding(
        severity=Severity.ERROR,
        rule="claimed-twice",
        holds=Holds.UNTIL_DECIDED,
        address=str(change.address),
        where=change.position,
        what=f"{others} would adopt the same object (id {change.id})",
        why="one object cannot back two resources",
        fix="write adopt: {id: …} in each, or remove one",
    )


def ambiguous(wanted: Desired, matches: Sequence[Stranger]) -> Finding:
    ids = ", ".join(str(match.id) for match in matches)
    return Finding(
        severity=Severity.ERROR,
        rule="ambiguous",
        holds=Holds.UNTIL_DECIDED,
        address=str(wanted.address),
        where=wanted.position,
        what=f"{len(matches)} objects are named {matches[0].name} (ids {ids})",
        why="the platform allows duplicate names; adopting the wrong one would change somebody else's mail",
        fix=f"adopt: {{id: {matches[0].id}}}",
    )


def nothing_to_adopt(wanted: Desired, strangers: Sequence[Stranger]) -> Finding:
    assert wanted.adopt  # noqa: S101  # the caller has looked
    looked_for = f"id {wanted.adopt.id}" if wanted.adopt.id is not None else f"name {wanted.adopt.name}"
    there = ", ".join(f"{one.name} (id {one.id})" for one in strangers) or "none"
    return Finding(
        severity=Severity.ERROR,
        rule="nothing-to-adopt",
        holds=Holds.UNTIL_DECIDED,
        address=str(wanted.address),
        field="adopt",
        where=wanted.position,
        what=f"adopt: the platform has no unmanaged object with {looked_for}",
        why=f"it could adopt: {there}",
        fix="correct adopt, or remove it to create a new object",
    )
