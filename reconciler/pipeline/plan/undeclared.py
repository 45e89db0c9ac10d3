"""What is there and not declared: what left the files, and what `prune` takes out of use. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Absent, Applied, Desired, Present, Reading, Stranger, Value
from reconciler.pipeline.observe.observe import AppliedBy

# by installation, collection and the platform's name for it
Claim = tuple[str, str, int | str]


def changes(
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
    unreadable = {name for unit, one in readings.items() if one.unreadable for name in (unit, one.installation)}
    units = readings.keys()
    for thing, entry in applied.items():
        if thing not in seen and not unreadable & {entry.installation, entry.address.unit}:
            yield Change(
                address=entry.address,
                kind="",
                installation=entry.installation,
                action=Action.RELEASED,
                findings=(_released(entry, moved=entry.address.unit in units),),
            )


def unmanaged_objects(
    readings: Mapping[str, Reading], pruned: Collection[str], desired: Sequence[Desired], claimed: Collection[Claim]
) -> Iterator[Change]:
    """An `archive` for each object in use that nobody declares, of the units that prune.

    What a resource takes over stays, and so does what one might take over once somebody has decided.
    """
    seen = set(claimed)
    for unit in sorted(readings.keys() & set(pruned)):
        reading = readings[unit]
        missing = [
            one
            for one in desired
            if one.installation == reading.installation and isinstance(reading.live(one.address.resource), Absent)
        ]
        for stranger in reading.strangers:
            claim = (reading.installation, stranger.collection, stranger.id)
            wanted = any(matches(one, stranger) for one in missing)
            if claim not in seen and not wanted and not stranger.live.archived:
                seen.add(claim)
                yield _pruned(reading, stranger)


def matches(wanted: Desired, stranger: Stranger) -> bool:
    """Whether a resource that is not there under our mark means this object."""
    if wanted.address.resource.collection != stranger.collection:
        return False
    adopt = wanted.adopt
    if adopt and adopt.id is not None:
        return str(stranger.id) == str(adopt.id)
    if adopt:
        return stranger.name == adopt.name
    return stranger.name == (wanted.settings.get("name") or wanted.address.resource.key)


def _archive(
    reading: Reading, resource: Resource, live: Present, last: Applied | None, readings: Mapping[str, Reading]
) -> Change:
    """Under the address that it had; several targets may be one installation."""
    former = readings.get(last.address.unit) if last else None
    known = last is not None and former is not None and former.installation == reading.installation
    address = last.address if last and known else _address(reading, resource)
    name, host = live.settings.get("name"), live.settings.get("host")
    return Change(
        address=address,
        kind=reading.kind,
        installation=reading.installation,
        action=Action.ARCHIVE,
        marker=live.marker,
        id=live.id,
        findings=(_archived(address, f"“{name}”" if name else str(resource), host),) if name or host else (),
        applied_run=last.run if last else None,
        applied_at=last.at if last else None,
    )


def _archived(address: Address, name: str, host: Value) -> Finding:
    what = f"{name}{f', {host}' if host else ''}: the files no longer declare it"
    return Finding(severity=Severity.NOTE, rule="archived", address=str(address), what=what)


def _pruned(reading: Reading, stranger: Stranger) -> Change:
    """Named by its id, for names are not unique; no key of ours holds a space."""
    address = _address(reading, Resource(collection=stranger.collection, key=f"id {stranger.id}"))
    host = stranger.live.settings.get("host")
    return Change(
        address=address,
        kind=reading.kind,
        installation=reading.installation,
        action=Action.ARCHIVE,
        marker=stranger.live.marker,
        id=stranger.id,
        findings=(
            Finding(
                severity=Severity.NOTE,
                rule="pruned",
                address=str(address),
                what=f"“{stranger.name}”{f', {host}' if host else ''}: not declared, and prune is on",
            ),
        ),
    )


def _address(reading: Reading, resource: Resource) -> Address:
    environment, _, target = reading.unit.partition("/")
    return Address(environment=environment, target=target, resource=resource)


def _released(entry: Applied, *, moved: bool) -> Finding:
    """`moved`: its target is still there, as another installation or without this resource."""
    gone = f"no longer declared in {entry.installation}" if moved else "its target is no longer declared"
    mark = "has no mark of ours" if moved else "it is no longer in the state of any target"
    return Finding(
        severity=Severity.NOTE,
        rule="released",
        address=str(entry.address),
        what=f"{gone}; no longer managed; left as it is, password included",
        why=f"it was applied by run {entry.run} on {entry.at[:10]}, and {mark}",
    )
