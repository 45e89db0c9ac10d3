"""Compares what is wanted, what is there and what was applied last. Pure: values in, a value out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.address import Resource
from reconciler.model.change import WRITING, Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Absent, Applied, Desired, Present, Reading, Unreadable, Value, same
from reconciler.pipeline.observe.observe import AppliedBy, Versions
from reconciler.pipeline.plan import (
    blocked,
    destinations,
    environments,
    left_logins,
    mixed_scripts,
    relevant,
    rotation,
    undeclared,
)
from reconciler.pipeline.unfinished import unproven

_NOTHING = Present(settings={})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    applied: AppliedBy
    left: AppliedBy
    sent: destinations.Known
    owners: environments.Owners
    versions: Versions


def changes(
    desired: Sequence[Desired],
    readings: Mapping[str, Reading],
    applied: AppliedBy,
    versions: Versions,
    *,
    pruned: Collection[str] = (),
    left: Collection[Applied] = (),
) -> tuple[Change, ...]:
    """One change per declared resource of the targets that were read, and one per resource that left the files.

    `desired` is everything declared, also in targets that were not read: what is declared elsewhere has not left.
    `applied` is of the installations that were read, and of those that no target declares any more. Of the units in
    `pruned`, what nobody declares is archived too. Of `left`, only where secrets went counts.
    """
    declared = {(one.installation, one.address.resource) for one in desired}
    known = _Known(
        applied=applied,
        left={(one.installation, one.address.resource): one for one in left},
        sent=destinations.sent((*applied.values(), *left)),
        owners=environments.owners(applied.values(), desired),
        versions=versions,
    )
    found = _claimed_once(
        _declared(one, readings[one.address.unit], declared, known) for one in desired if one.address.unit in readings
    )
    moved = {(change.installation, change.moved_from.resource) for change in found if change.moved_from}
    claimed = {claim for change in found if (claim := _claim(change))}
    return (
        *found,
        *undeclared.changes(readings, applied, declared | moved),
        *undeclared.unmanaged_objects(readings, pruned, desired, claimed),
    )


def _claimed_once(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One object of the platform for one resource: of two that would take the same, neither does."""
    found = tuple(changes)
    claims: dict[undeclared.Claim, list[Change]] = {}
    for change in found:
        if claim := _claim(change):
            claims.setdefault(claim, []).append(change)
    twice = {change.address: claims_ for claims_ in claims.values() if len(claims_) > 1 for change in claims_}
    return tuple(
        blocked.block(change, blocked.claimed_twice(change, twice[change.address]))
        if change.address in twice
        else change
        for change in found
    )


def _claim(change: Change) -> undeclared.Claim | None:
    return None if change.id is None else (change.installation, change.address.resource.collection, change.id)


def _declared(
    wanted: Desired,
    reading: Reading,
    declared: set[tuple[str, Resource]],
    known: _Known,
) -> Change:
    resource, former = wanted.address.resource, wanted.moved_from
    live = reading.live(resource)
    if isinstance(live, Absent) and former and (wanted.installation, former) not in declared:
        old = reading.live(former)
        if isinstance(old, Present) and old.mark:
            return _compared(wanted, old, known, moved_from=former)
    match live:
        case Unreadable(finding=finding):
            return blocked.resource(wanted, finding)
        case Present():
            return _compared(wanted, live, known)
        case Absent():
            return _new(wanted, reading, known)


def _new(wanted: Desired, reading: Reading, known: _Known) -> Change:
    """Not there under our mark: take over what the platform has under that name, never create beside it."""
    strangers = [one for one in reading.strangers if one.collection == wanted.address.resource.collection]
    matches = [one for one in strangers if undeclared.matches(wanted, one)]
    if len(matches) > 1:
        return blocked.resource(wanted, blocked.ambiguous(wanted, matches))
    if matches:
        return _compared(wanted, matches[0].live, known, action=Action.ADOPT)
    if wanted.adopt:
        return blocked.resource(wanted, blocked.nothing_to_adopt(wanted, strangers))
    return _compared(wanted, _NOTHING, known, action=Action.CREATE)


def _compared(
    wanted: Desired,
    live: Present,
    known: _Known,
    *,
    action: Action = Action.UPDATE,
    moved_from: Resource | None = None,
) -> Change:
    thing = (wanted.installation, moved_from or wanted.address.resource)
    entry = known.applied.get(thing)
    given = entry or (None if action is Action.CREATE else known.left.get(thing))
    last = entry if action is Action.UPDATE else None  # what is not there or not ours has nothing of what we applied
    fields: list[FieldChange] = []
    findings: list[Finding] = []
    untold = False  # a secret whose version the store did not tell: nobody knows whether it must be written
    for field, value in wanted.settings.items():
        if isinstance(value, SecretRef):
            change, finding = rotation.change(
                wanted, field, value, live, last, known.versions, new=action is Action.CREATE
            )
            findings.extend([finding] if finding else [])
            untold = untold or (finding is not None and finding.severity is Severity.ERROR)
        else:
            change = _plain(wanted, field, value, live, last, new=action is Action.CREATE)
        fields.extend([change] if change else [])
    fields.extend(unproven.fields(wanted, {one.field for one in fields}, live, last))
    fields.extend(rotation.together(wanted, fields, live, last, known.versions))
    former = replace(wanted.address, resource=moved_from) if moved_from else None
    findings = [
        *relevant.findings(live.findings, fields),
        *findings,
        *left_logins.findings(wanted, live, given, fields),
    ]
    if action is Action.UPDATE and not fields and not former:
        by_hand = any(finding.holds is Holds.UNTIL_DONE_BY_HAND for finding in findings)
        action = Action.MANUAL if by_hand else Action.NONE
    action = Action.BLOCKED if untold else _decided(action, findings)
    risky = [finding for finding in findings if finding.severity is Severity.RISK and action in WRITING]
    return Change(
        address=wanted.address,
        kind=wanted.kind,
        installation=wanted.installation,
        action=action,
        fields=tuple(fields),
        unchanged=len(wanted.settings) - len(fields),
        risks=(
            *(environments.risks(wanted, known.owners) if action in WRITING else ()),
            *destinations.risks(wanted, known.sent),
            *(mixed_scripts.risks(wanted) if action in WRITING else ()),
            *risky,
        ),
        findings=tuple(finding for finding in findings if finding not in risky),
        marker=live.marker,
        id=live.id,
        moved_from=former,
        position=wanted.position,
        applied_run=entry.run if entry else None,
        applied_at=entry.at if entry else None,
        guided=live.guided,
        attested=live.attested,
    )


def _plain(
    wanted: Desired, field: str, value: Value, live: Present, last: Applied | None, *, new: bool
) -> FieldChange | None:
    if field in live.write_only:
        return rotation.write_only_change(wanted, field, value, live, last)
    have = live.settings.get(field)
    if same(value, have) or (new and value is None):
        return None
    return FieldChange(
        field=field,
        kind=FieldKind.UNSET if value is None else FieldKind.SET,
        before=have,
        after=value,
        cause=Cause.GIT if new else _cause(field, value, have, last),
        origin=wanted.origin.get(field),
    )


def _cause(field: str, value: Value, have: Value, last: Applied | None) -> Cause:
    if last is None:
        return Cause.UNKNOWN
    if field not in last.settings or same(last.settings[field], have):
        return Cause.GIT
    return Cause.PLATFORM if same(last.settings[field], value) else Cause.BOTH


def _decided(action: Action, findings: Sequence[Finding]) -> Action:
    """An error forbids to write."""
    errors = any(finding.severity is Severity.ERROR for finding in findings)
    return Action.BLOCKED if action in WRITING and errors else action
