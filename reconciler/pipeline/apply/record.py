"""What is remembered of an apply: the entries of one installation, before and after. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.address import Resource
from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Applied, AppliedSecret, Desired, Live, Pending, Present, Reading, Value
from reconciler.pipeline.observe import sent
from reconciler.pipeline.observe.observe import Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Which run wrote, and when (RFC 3339, UTC)."""

    run: str
    at: str


def entries(
    before: Sequence[Applied],
    done: Iterable[Change],
    desired: Mapping[Resource, Desired],
    readings: tuple[Reading, Reading],
    versions: Versions,
    stamp: Stamp,
) -> tuple[Applied, ...]:
    """The entries of one installation after `done` was carried out.

    `readings` are those before and after. Our own write may move the mark of a neighbour (two resources in one file):
    an entry whose mark was up to date before stays up to date.
    """
    earlier, later = readings
    kept = {entry.address.resource: _re_marked(entry, earlier, later) for entry in before}
    gone: set[Resource] = set()
    for change in done:
        if change.moved_from and (moved := kept.pop(change.moved_from.resource, None)):
            kept.setdefault(change.address.resource, moved)
        if change.action in (Action.ARCHIVE, Action.RELEASED):
            gone.add(change.address.resource)
        elif wanted := desired.get(change.address.resource):
            live = later.live(change.address.resource)
            kept[change.address.resource] = _entry(
                change, wanted, live, kept.get(change.address.resource), versions, stamp
            )
    return sent.released(tuple(kept.values()), gone)


def overwritten(
    entries: Iterable[Applied], written: Mapping[Resource, Sequence[FieldChange]], versions: Versions
) -> tuple[Applied, ...]:
    """With the secrets that were written by changes that failed: the platform has them, whatever else it has."""
    return tuple(_with(entry, written.get(entry.address.resource, ()), versions) for entry in entries)


def unproven(entries: Sequence[Applied], failed: Iterable[Change], after: Reading, stamp: Stamp) -> tuple[Applied, ...]:
    """With what was written and neither proven nor taken back: the platform has it, and nobody knows that it works."""
    found = {entry.address.resource: entry for entry in entries}
    for change in failed:
        resource = change.address.resource
        known = found.get(resource) or _begun(change, after.live(resource), stamp)
        names = dict.fromkeys((*known.unproven, *(field.field for field in change.fields)))
        found[resource] = replace(known, unproven=tuple(names))
    return tuple(found.values())


def _begun(change: Change, live: Live, stamp: Stamp) -> Applied:
    """The first entry of a resource."""
    return Applied(
        installation=change.installation,
        address=change.address,
        settings={one.field: one.after for one in change.fields if not isinstance(one.after, SecretRef)},
        secrets={},
        marker=live.marker if isinstance(live, Present) else None,
        run=stamp.run,
        at=stamp.at,
    )


def _with(entry: Applied, fields: Sequence[FieldChange], versions: Versions) -> Applied:
    return replace(entry, secrets={**entry.secrets, **dict(_written(fields, versions))}) if fields else entry


def _written(fields: Iterable[FieldChange], versions: Versions) -> Iterator[tuple[str, AppliedSecret]]:
    for field in fields:
        version = versions.get(field.after) if isinstance(field.after, SecretRef) else None
        if isinstance(field.after, SecretRef) and isinstance(version, SecretVersion):
            yield field.field, AppliedSecret(ref=field.after, version=version)


def up_to_date(entry: Applied | None, wanted: Desired) -> bool:
    """Whether an entry already says what is declared; if not, an unchanged resource is remembered too."""
    return entry is not None and entry.address == wanted.address and dict(entry.settings) == _plain(wanted)


def _entry(
    change: Change, wanted: Desired, live: Live, last: Applied | None, versions: Versions, stamp: Stamp
) -> Applied:
    secrets = dict(last.secrets) if last else {}
    secrets = {field: secret for field, secret in secrets.items() if isinstance(wanted.settings.get(field), SecretRef)}
    secrets |= dict(_written(change.fields, versions))
    now = Applied(
        installation=wanted.installation,
        address=wanted.address,
        settings=_plain(wanted),
        secrets=secrets,
        marker=live.marker if isinstance(live, Present) else None,
        run=stamp.run,
        at=stamp.at,
        pending=_pending(live, last, stamp),
        order=wanted.order,
    )
    return sent.remembered(last, now)


def _pending(live: Live, last: Applied | None, stamp: Stamp) -> Pending | None:
    """With what waited before this write: nobody said that it is over, unless the platform tells."""
    known = last.pending if last else None
    if not isinstance(live, Present) or live.pending_by_hand is None:
        return None
    fields = sorted({*(live.pending or ()), *(known.fields if known else ())})
    return Pending(fields=tuple(fields), since=known.since if known else stamp.at) if fields else None


def _plain(wanted: Desired) -> dict[str, Value]:
    return {field: value for field, value in wanted.settings.items() if not isinstance(value, SecretRef)}


def _re_marked(entry: Applied, earlier: Reading, later: Reading) -> Applied:
    was, now = earlier.live(entry.address.resource), later.live(entry.address.resource)
    if isinstance(was, Present) and isinstance(now, Present) and entry.marker == was.marker:
        return replace(entry, marker=now.marker)
    return entry
