"""Compares what is wanted, what is there and what was applied last. Pure: values in, a value out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.model.address import Address, Resource
from reconciler.model.change import WRITING, Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Absent, Applied, Desired, Present, Reading, Stranger, Unreadable, Value
from reconciler.pipeline import rotation
from reconciler.pipeline.rotation import Versions

AppliedBy = Mapping[tuple[str, Resource], Applied]  # by installation and resource
_NOTHING = Present(settings={})


def between(
    desired: Sequence[Desired], readings: Mapping[str, Reading], applied: AppliedBy, versions: Versions
) -> tuple[Change, ...]:
    """One change per declared resource of the targets that were read, and one per resource that left the files.

    `desired` is everything declared, also in targets that were not read: what is declared elsewhere has not left.
    `applied` is of the installations that were read, and of those that no target declares any more.
    """
    declared = {(one.installation, one.address.resource) for one in desired}
    changes = [
        _declared(one, readings[one.address.unit], declared, applied, versions)
        for one in desired
        if one.address.unit in readings
    ]
    moved = {(change.installation, change.moved_from.resource) for change in changes if change.moved_from}
    return (*changes, *_left(readings, applied, declared | moved))


def by_resource(loaded: Mapping[str, Sequence[Applied]]) -> AppliedBy:
    """What the state holds, by installation and resource."""
    return {(entry.installation, entry.address.resource): entry for entries in loaded.values() for entry in entries}


def _declared(
    wanted: Desired,
    reading: Reading,
    declared: set[tuple[str, Resource]],
    applied: AppliedBy,
    versions: Versions,
) -> Change:
    resource, former = wanted.address.resource, wanted.moved_from
    live = reading.live(resource)
    if isinstance(live, Absent) and former and (wanted.installation, former) not in declared:
        old = reading.live(former)
        if isinstance(old, Present) and old.mark:
            return _compared(wanted, old, applied.get((wanted.installation, former)), versions, moved_from=former)
    match live:
        case Unreadable(finding=finding):
            return _blocked(wanted, finding)
        case Present():
            return _compared(wanted, live, applied.get((wanted.installation, resource)), versions)
        case Absent():
            return _new(wanted, reading, versions)


def _new(wanted: Desired, reading: Reading, versions: Versions) -> Change:
    """Not there under our mark: take over what the platform has under that name, never create beside it."""
    strangers = [one for one in reading.strangers if one.collection == wanted.address.resource.collection]
    matches = [one for one in strangers if _matches(wanted, one)]
    if len(matches) > 1:
        return _blocked(wanted, _ambiguous(wanted, matches))
    if matches:
        return _compared(wanted, matches[0].live, None, versions, action=Action.ADOPT)
    if wanted.adopt:
        return _blocked(wanted, _nothing_to_adopt(wanted, strangers))
    return _compared(wanted, _NOTHING, None, versions, action=Action.CREATE)


def _compared(
    wanted: Desired,
    live: Present,
    last: Applied | None,
    versions: Versions,
    *,
    action: Action = Action.UPDATE,
    moved_from: Resource | None = None,
) -> Change:
    fields: list[FieldChange] = []
    findings: list[Finding] = list(live.findings)
    untold = False  # a secret whose version the store did not tell: nobody knows whether it must be written
    for field, value in wanted.settings.items():
        if isinstance(value, SecretRef):
            change, finding = rotation.change(wanted, field, value, live, last, versions, new=action is Action.CREATE)
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
        risks=tuple(_risks(wanted, fields, last)),
        findings=tuple(findings),
        marker=live.marker,
        id=live.id,
        moved_from=former,
        position=wanted.position,
        applied_run=last.run if last else None,
        applied_at=last.at if last else None,
    )


def _plain(
    wanted: Desired, field: str, value: Value, live: Present, last: Applied | None, *, new: bool
) -> FieldChange | None:
    if field in live.write_only:
        return rotation.cleared(wanted, field, live, last) if value is None else None
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


def same(one: Value, other: Value) -> bool:
    """Equal as settings: 25 is 25.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def _cause(field: str, value: Value, have: Value, last: Applied | None) -> Cause:
    if last is None:
        return Cause.UNKNOWN
    if field not in last.settings or same(last.settings[field], have):
        return Cause.GIT
    return Cause.PLATFORM if same(last.settings[field], value) else Cause.BOTH


def _decided(action: Action, findings: Sequence[Finding], fields: Sequence[FieldChange]) -> Action:
    """An error forbids to write; one about a single setting only when that setting would change."""
    changed = {None, *(field.field for field in fields)}
    errors = (finding for finding in findings if finding.severity is Severity.ERROR)
    return Action.BLOCKED if action in WRITING and any(error.field in changed for error in errors) else action


def _risks(wanted: Desired, fields: Sequence[FieldChange], last: Applied | None) -> Iterator[Finding]:
    host = wanted.settings.get("host")
    if last is None or host is None or same(last.settings.get("host"), host):
        return
    for field, value in wanted.settings.items():
        entry = last.secrets.get(field)
        if isinstance(value, SecretRef) and entry and rotation.same_secret(entry.ref, value):
            yield Finding(
                severity=Severity.RISK,
                rule="secret-to-new-host",
                address=str(wanted.address),
                field=field,
                where=wanted.origin["host"].position if "host" in wanted.origin else wanted.position,
                what=f"this {field} has not been sent to {host} before",
                why="a changed host with an unchanged credential is how a credential is stolen",
                fix="look at the host, then apply with --allow secret-to-new-host",
            )


def _left(
    readings: Mapping[str, Reading],
    applied: AppliedBy,
    declared: set[tuple[str, Resource]],
) -> Iterator[Change]:
    """What the files no longer declare: archived when it carries our mark, else left as it is."""
    seen = set(declared)
    for reading in readings.values():
        for resource, live in reading.resources.items():
            thing = (reading.installation, resource)
            if thing not in seen and isinstance(live, Present) and live.mark and not live.archived:
                seen.add(thing)
                yield _archive(reading, resource, live)
    unreadable = {reading.installation for reading in readings.values() if reading.unreadable}
    for thing, entry in applied.items():
        if thing not in seen and entry.installation not in unreadable:
            yield Change(
                address=entry.address,
                kind="",
                installation=entry.installation,
                action=Action.RELEASED,
                findings=(_released(entry),),
            )


def _archive(reading: Reading, resource: Resource, live: Present) -> Change:
    environment, _, target = reading.unit.partition("/")
    return Change(
        address=Address(environment=environment, target=target, resource=resource),
        kind=reading.kind,
        installation=reading.installation,
        action=Action.ARCHIVE,
        marker=live.marker,
        id=live.id,
    )


def _blocked(wanted: Desired, finding: Finding) -> Change:
    return Change(
        address=wanted.address,
        kind=wanted.kind,
        installation=wanted.installation,
        action=Action.BLOCKED,
        findings=(finding,),
        position=wanted.position,
    )


def _matches(wanted: Desired, stranger: Stranger) -> bool:
    adopt = wanted.adopt
    if adopt and adopt.id is not None:
        return str(stranger.id) == str(adopt.id)
    if adopt:
        return stranger.name == adopt.name
    return stranger.name == (wanted.settings.get("name") or wanted.address.resource.key)


def _ambiguous(wanted: Desired, matches: Sequence[Stranger]) -> Finding:
    ids = ", ".join(str(match.id) for match in matches)
    return Finding(
        severity=Severity.ERROR,
        rule="ambiguous",
        address=str(wanted.address),
        where=wanted.position,
        what=f"{len(matches)} objects are named {matches[0].name} (ids {ids})",
        why="the platform allows equal names; taking the wrong one would change somebody else's mail",
        fix=f"adopt: {{id: {matches[0].id}}}",
    )


def _nothing_to_adopt(wanted: Desired, strangers: Sequence[Stranger]) -> Finding:
    assert wanted.adopt  # noqa: S101  # the caller has looked
    looked_for = f"id {wanted.adopt.id}" if wanted.adopt.id is not None else f"name {wanted.adopt.name}"
    there = ", ".join(f"{one.name} (id {one.id})" for one in strangers) or "none"
    return Finding(
        severity=Severity.ERROR,
        rule="nothing-to-adopt",
        address=str(wanted.address),
        field="adopt",
        where=wanted.position,
        what=f"adopt: nothing unmanaged with {looked_for} is there",
        why=f"what could be adopted: {there}",
        fix="correct adopt, or remove it to create a new one",
    )


def _released(entry: Applied) -> Finding:
    return Finding(
        severity=Severity.NOTE,
        rule="released",
        address=str(entry.address),
        what="no longer declared; its settings stay as they are",
        why=f"it was applied by run {entry.run} on {entry.at[:10]} and carries no mark of ours",
    )
