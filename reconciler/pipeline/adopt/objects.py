"""What a platform has that no file declares, each under a key of its own. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.address import Resource
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape, Target
from reconciler.model.settings import Absent, Adopt, Live, Present, Reading, Stranger, Unreadable
from reconciler.pipeline.adopt.resource_schema import ResourceSchema
from reconciler.pipeline.observe import observe
from reconciler.pipeline.plan import compare

_LONGEST = 60  # characters of a key that is made from a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """`title` is how people know it. An object of a collection is declared even when it has nothing but defaults."""

    resource: Resource
    title: str
    live: Present
    adopt: Adopt | None = None
    kept: bool = False


@dataclass(slots=True, kw_only=True)
class Seen:
    objects: list[Object] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    unread: list[Finding] = field(default_factory=list)


def seen(target: Target, reading: Reading, landscape: Landscape, schemas: Mapping[str, ResourceSchema]) -> Seen:
    """In the platform's order of collections, without what any target of this installation declares."""
    declared = {one.address.resource for one in landscape.by_installation.get(target.installation, ())}
    claimed, moved = _claimed(target, reading, landscape)
    found = Seen()
    for collection, schema in schemas.items():
        for resource, live in reading.resources.items():
            if resource.collection == collection and resource not in declared | moved:
                _resource(resource, live, found)
        taken = {one.key for one in {*declared, *reading.resources} if one.collection == collection}
        keys = {key for key in taken if key is not None}
        for stranger in reading.strangers:
            if stranger.collection == collection and stranger.id not in claimed:
                _stranger(stranger, reading, schema, keys, found)
    return found


def _claimed(target: Target, reading: Reading, landscape: Landscape) -> tuple[set[int | str], set[Resource]]:
    """The ids of what a declaration takes over already, and the former keys of what was renamed."""
    mine = landscape.by_installation.get(target.installation, ())
    readings = {unit: replace(reading, unit=unit) for unit in {target.unit, *(one.address.unit for one in mine)}}
    changes = compare.changes(mine, readings, {}, observe.assumed(mine, None))
    declared = [change for change in changes if change.position is not None]  # the others have left the files
    ids = {change.id for change in declared if change.id is not None}
    return ids, {change.moved_from.resource for change in declared if change.moved_from}


def _resource(resource: Resource, live: Live, found: Seen) -> None:
    title = resource.key or resource.collection
    match live:
        case Unreadable(finding=finding):
            found.unread.append(finding)
        case Absent():
            found.left_out.append(f"{title}: nothing on the platform yet")
        case Present(archived=True):
            found.left_out.append(f"{title}{_id(live.id)}: archived")
        case Present():
            mark = live.mark and resource.key is not None
            told = f"{title}{_id(live.id)}{', marked as ours' if mark else ''}"
            found.objects.append(Object(resource=resource, title=told, live=live, kept=mark))


def _stranger(stranger: Stranger, reading: Reading, schema: ResourceSchema, keys: set[str], found: Seen) -> None:
    title = f"{stranger.name or 'unnamed'}{_id(stranger.id)}"
    if stranger.live.archived:
        found.left_out.append(f"{title}: archived")
    elif schema.adopt is None:
        found.left_out.append(f"{title}: objects of this platform cannot be adopted")
    else:
        key = _key(stranger, keys)
        keys.add(key)
        found.objects.append(
            Object(
                resource=Resource(collection=stranger.collection, key=key),
                title=title,
                live=stranger.live,
                adopt=_adopt(stranger, key, reading, schema),
                kept=True,
            )
        )


def _adopt(stranger: Stranger, key: str, reading: Reading, schema: ResourceSchema) -> Adopt | None:
    """By name where it is the only one, archived ones included; by id where it is not, or cannot be written down."""
    names = Counter(one.name for one in reading.strangers if one.collection == stranger.collection)
    if names[stranger.name] > 1 or not schema.fits_name(stranger.name):
        return Adopt(id=stranger.id)
    return None if stranger.name == key else Adopt(name=stranger.name)


def _key(stranger: Stranger, taken: set[str]) -> str:
    base = slug(stranger.name) or f"id-{slug(str(stranger.id))}"
    return next(key for number in range(1, len(taken) + 3) if (key := _numbered(base, number)) not in taken)


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"


def slug(name: str) -> str:
    """Small letters, digits and dashes, as near to the name as that can be."""
    letters = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:_LONGEST].rstrip("-")


def _id(number: int | str | None) -> str:
    return "" if number is None else f" (id {number})"
