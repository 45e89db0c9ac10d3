"""Which network a target is reached from, and a relay is proven from; references to secrets are of that network.

A zone is one setting more of what the handshake uses: the environment shares it, a target has its own, a relay too.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from reconciler.model.finding import Finding
from reconciler.model.handshake import ZONE
from reconciler.model.landscape import DeclaredRelay, Target
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Desired, Origin, Settings, Tree, Value
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline.resolve import expressed, flatten
from reconciler.pipeline.resolve.flatten import Effective

# What the run of the command reads and sends; every other path is of the machine where the unit runs.
_SENT = frozenset({"ca_file"})
AWAY = flatten.PATH_KEYS - _SENT
_MARK = "/.zone"  # no such folder: a platform that follows links finds none


def declared(document: Document, through: str) -> dict[str, Effective]:
    """What an environment or a target says of its own zone; null is the network of the command."""
    if "zone" not in document.data:
        return {}
    origin = Origin(position=document.value_at("zone"), through=through)
    return {ZONE: Effective(value=document.data["zone"], origin=origin)}


def of_relay(own: dict[str, Effective]) -> dict[str, Effective]:
    """The settings of a relay, with its zone under the name that it has for the handshake."""
    return {ZONE if field == "zone" else field: entry for field, entry in own.items()} if "zone" in own else own


def name(effective: Mapping[str, Effective]) -> str | None:
    value = effective[ZONE].value if ZONE in effective else None
    return value if isinstance(value, str) else None


def stamped(effective: dict[str, Effective]) -> dict[str, Effective]:
    """Every reference as one of the zone that these settings say; without a zone as it was, and no word of it."""
    if ZONE not in effective:
        return effective
    if (zone := name(effective)) is None:
        return {field: entry for field, entry in effective.items() if field != ZONE}
    return {field: replace(entry, value=_value(entry.value, zone)) for field, entry in effective.items()}


def settings(found: Settings, zone: str | None) -> Settings:
    """The same for plain values: what a platform is given, its own zone opens, wherever the relay is proven from."""
    return {field: _value(value, zone) for field, value in found.items()}


def _value(value: Value, zone: str | None) -> Value:
    return replace(value, zone=zone) if isinstance(value, SecretRef) and value.zone != zone else value


def connection(raw: Mapping[str, Any], base: str, zone: str) -> dict[str, Tree]:
    """As `flatten.tree`, for another network: paths as they are written, but for CA files, whose text is sent."""
    return cast("dict[str, Tree]", _tree(flatten.tree(dict(raw), base, away=AWAY), zone))


def _tree(tree: Tree, zone: str) -> Tree:
    if isinstance(tree, SecretRef):
        return replace(tree, zone=zone)
    if isinstance(tree, Mapping):
        return {key: _tree(below, zone) for key, below in tree.items()}
    return tuple(_tree(one, zone) for one in tree) if isinstance(tree, tuple) else tree


def installation(kind: str, given: Connection, unit: str, zone: str) -> str | Finding:
    """`dmz!odoo:http://10.0.0.5`: two zones may have the same private address. A path in it is as it is written."""
    paths = {key: str(path) for key, path in given.items() if key in AWAY and isinstance(path, str)}
    if "ssh" in given:
        paths.pop("path", None)  # of another host anyway
    marked = {key: f"{_MARK}/{at}" for at, key in enumerate(paths)}
    found = expressed.installation(kind, {**given, **marked}, unit)
    if isinstance(found, Finding):
        return found
    for key, mark in marked.items():
        found = found.replace(mark, os.path.normpath(paths[key]))
    return f"{zone}!{found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Who is in which zone; `users` has the targets that use a relay, by its address. Empty where there are none."""

    targets: Sequence[Target] = ()
    relays: Sequence[DeclaredRelay] = ()
    users: Mapping[str, Sequence[Target]] = field(default_factory=dict)

    def zones_of(self, relay: DeclaredRelay) -> Collection[str | None]:
        """Of everybody who opens its secrets, None for the command itself."""
        return {relay.zone, *(target.zone for target in self.users.get(relay.address, ()))}


def anywhere(documents: Iterable[Document]) -> bool:
    """Whether any file says a zone: else nothing of this costs anything."""
    return any("zone" in one.data or any("zone" in relay for relay in _relays(one)) for one in documents)


def _relays(document: Document) -> Iterable[Mapping[str, Any]]:
    relays: Mapping[str, Mapping[str, Any]] = document.data.get("relays", {})
    return relays.values() if document.kind is DocumentKind.ENVIRONMENT else ()


def users(targets: Iterable[Target], desired: Iterable[Desired]) -> dict[str, list[Target]]:
    """The targets that use each relay, by its address."""
    by_unit = {target.unit: target for target in targets}
    found: dict[str, list[Target]] = {}
    for one in desired:
        if one.relay:
            found.setdefault(f"{one.address.environment}/{one.relay}", []).append(by_unit[one.address.unit])
    return found


def of_users(shared: Mapping[str, Effective], using: Sequence[Target]) -> dict[str, Effective]:
    """Where a relay that says no zone is proven from: its environment's, unless all who use it are elsewhere."""
    zone = name(shared)
    if not using or any(target.zone == zone for target in using):
        return {}
    first = using[0]
    where = first.zone_position or first.position
    return {ZONE: Effective(value=first.zone, origin=Origin(position=where, through=f"target {first.unit}"))}
