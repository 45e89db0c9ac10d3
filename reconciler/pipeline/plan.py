"""Compares what is wanted, what is there and what was applied last. Pure: values in, a value out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.address import Address, Resource
from reconciler.model.change import WRITING, Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Absent, Applied, Desired, Present, Reading, Stranger, Unreadable, Value
from reconciler.pipeline import blocked, destinations, rotation
from reconciler.pipeline.rotation import Versions

AppliedBy = Mapping[tuple[str, Resource], Applied]  # by installation and resource
_NOTHING = Present(settings={})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    applied: AppliedBy
    sent: destinations.Sent
    versions: Versions


def between(
    desired: Sequence[Desired], readings: Mapping[str, Reading], applied: AppliedBy, versions: Versions
) -> tuple[Change, ...]:
    """One change per declared resource of the targets that were read, and one per resource that left the files.

    `desired` is everything declared, also in targets that were not read: what is declared elsewhere has not left.
    `applied` is of the installations that were read, and of those that no target declares any more.
    """
    declared = {(one.installation, one.address.resource) for one in desired}
    known = _Known(applied=applied, sent=destinations.sent(applied.values()), versions=versions)
    changes = _claimed_once(
        _declared(one, readings[one.address.unit], declared, known) for one in desired if one.address.unit in readings
    )
    moved = {(change.installation, change.moved_from.resource) for change in changes if change.moved_from}
    return (*changes, *_left(readings, applied, declared | moved))


def by_resource(loaded: Mapping[str, Sequence[Applied]]) -> AppliedBy:
    """What the state holds, by installation and resource."""
    return {(entry.installation, entry.address.resource): entry for entries in loaded.values() for entry in entries}


def _claimed_once(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One object of the platform for one resource: of two that would take the same, neither does."""
    found = tuple(changes)
    claims: dict[tuple[str, int | str], list[Change]] = {}
    for change in found:
        if change.id is not None:
            claims.setdefault((change.installation, change.id), []).append(change)
    twice = {change.address: claim for claim in claims.values() if len(claim) > 1 for change in claim}
    return tuple(
        blocked.blocked(change, blocked.claimed_twice(change, twice[change.address]))
        if change.address in twice
        else change
        for change in found
    )


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
    matches = [one for one in strangers if _matches(wanted, one)]
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
    entry = known.applied.get((wanted.installation, moved_from or wanted.address.resource))
    last = entry if action is Action.UPDATE else None  # what is not there or not ours has nothing of what we applied
    fields: list[FieldChange] = []
    findings: list[Finding] = list(live.findings)
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
    former = replace(wanted.address, resource=moved_from) if moved_from else None
    if action is Action.UPDATE and not fields and not former:
        action = Action.NONE
    return Change(
        address=wanted.address,
        kind=wanted.kind,
        installation=wanted.installation,
        action=Action.BLOCKED if untold else _decided(action, findings, fields),
        fields=tuple(fields),
        unchanged=len(wanted.settings) - len(fields),
        risks=tuple(destinations.risks(wanted, known.sent)),
        findings=tuple(findings),
        marker=live.marker,
        id=live.id,
        moved_from=former,
        position=wanted.position,
        applied_run=entry.run if entry else None,
        applied_at=entry.at if entry else None,
    )


def _plain(
    wanted: Desired, field: str, value: Value, live: Present, last: Applied | None, *, new: bool
) -> FieldChange | None:
    if field in live.write_only:
        return rotation.unseen(wanted, field, value, live, last)
    have = live.settings.get(field)
    if rotation.same(value, have) or (new and value is None):
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
    if field not in last.settings or rotation.same(last.settings[field], have):
        return Cause.GIT
    return Cause.PLATFORM if rotation.same(last.settings[field], value) else Cause.BOTH


def _decided(action: Action, findings: Sequence[Finding], fields: Sequence[FieldChange]) -> Action:
    """An error forbids to write; one about a single setting only when that setting would change."""
    changed = {None, *(field.field for field in fields)}
    errors = (finding for finding in findings if finding.severity is Severity.ERROR)
    return Action.BLOCKED if action in WRITING and any(error.field in changed for error in errors) else action


def _left(
    readings: Mapping[str, Reading],
    applied: AppliedBy,
    declared: set[tuple[str, Resource]],
) -> Iterator[Change]:
    """What the files no longer declare: archived when it carries our mark, else left as it is.

    A singleton is always there: nobody can archive it, whatever mark it carries.
    """
    seen = set(declared)
    for reading in readings.values():
        for resource, live in reading.resources.items():
            thing = (reading.installation, resource)
            ours = resource.key is not None and isinstance(live, Present) and live.mark and not live.archived
            if thing not in seen and ours and isinstance(live, Present):
                seen.add(thing)
                yield _archive(reading, resource, live, applied.get(thing), readings)
    unreadable = {reading.installation for reading in readings.values() if reading.unreadable}
    units = readings.keys()
    for thing, entry in applied.items():
        if thing not in seen and entry.installation not in unreadable:
            yield Change(
                address=entry.address,
                kind="",
                installation=entry.installation,
                action=Action.RELEASED,
                findings=(_released(entry, moved=entry.address.unit in units),),
            )


def _archive(
    reading: Reading, resource: Resource, live: Present, last: Applied | None, readings: Mapping[str, Reading]
) -> Change:
    """Under the address that it had; several targets may be one installation."""
    environment, _, target = reading.unit.partition("/")
    address = Address(environment=environment, target=target, resource=resource)
    former = readings.get(last.address.unit) if last else None
    known = last is not None and former is not None and former.installation == reading.installation
    return Change(
        address=last.address if last and known else address,
        kind=reading.kind,
        installation=reading.installation,
        action=Action.ARCHIVE,
        marker=live.marker,
        id=live.id,
        applied_run=last.run if last else None,
        applied_at=last.at if last else None,
    )


def _matches(wanted: Desired, stranger: Stranger) -> bool:
    adopt = wanted.adopt
    if adopt and adopt.id is not None:
        return str(stranger.id) == str(adopt.id)
    if adopt:
        return stranger.name == adopt.name
    return stranger.name == (wanted.settings.get("name") or wanted.address.resource.key)


def _released(entry: Applied, *, moved: bool) -> Finding:
    where = f" in {entry.installation}" if moved else ""
    return Finding(
        severity=Severity.NOTE,
        rule="released",
        address=str(entry.address),
        what=f"no longer declared{where}; its settings stay as they are, secrets too",
        why=f"it was applied by run {entry.run} on {entry.at[:10]} and carries no mark of ours",
    )
