"""What platforms make of what is declared. Their mistakes are kept apart: one platform's must not hide the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler import platforms
from reconciler.model.address import Resource
from reconciler.model.finding import Finding
from reconciler.model.landscape import Target
from reconciler.model.platform import Platform
from reconciler.model.settings import Connection, Desired, Settings
from reconciler.pipeline import guard
from reconciler.pipeline.resolve import flatten
from reconciler.pipeline.resolve.flatten import Effective


@dataclass(frozen=True, slots=True, kw_only=True)
class Expressed:
    """The effective settings, and those of them that a platform takes. With `broken`, nobody knows which it takes."""

    effective: Mapping[str, Effective]
    fields: frozenset[str] = frozenset()
    settings: Settings = field(default_factory=dict)
    broken: Finding | None = None


def installation(kind: str, connection: Connection, unit: str) -> str | Finding:
    return guard.answer_or_finding(unit, lambda: str(platform(kind).installation(connection)))


def resource(target: Target, resource: Resource, merged: Mapping[str, Effective]) -> Expressed:
    """`merged` is what the files say in all; lists of objects are not spread yet."""
    found = guard.answer_or_finding(f"{target.unit}:{resource}", lambda: _resource(target, resource, merged))
    return Expressed(effective=flatten.spread(merged, ()), broken=found) if isinstance(found, Finding) else found


def _resource(target: Target, resource: Resource, merged: Mapping[str, Effective]) -> Expressed:
    asked = platform(target.kind)
    fields = frozenset(asked.fields(resource.collection, target.connection))
    effective = flatten.spread(merged, sorted(fields))
    said = {name: entry.value for name, entry in effective.items() if name in fields}
    settings = dict(asked.normalised(resource, said, target.connection))
    return Expressed(effective=effective, fields=fields, settings=settings)


def limited(wanted: Desired, target: Target) -> tuple[Desired, Finding | None]:
    """With what its platform says of it, and the mistake that the platform made."""
    found = guard.answer_or_finding(
        str(wanted.address), lambda: tuple(platform(target.kind).findings(wanted, target.connection))
    )
    if isinstance(found, Finding):
        return wanted, found
    return (replace(wanted, limits=found) if found else wanted), None


def platform(kind: str) -> Platform:
    found = platforms.load(kind)
    assert found is not None, f"validate lets no unknown platform pass: {kind}"  # noqa: S101
    return found
