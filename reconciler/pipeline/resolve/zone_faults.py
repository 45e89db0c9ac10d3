"""Zones that are named and not there, and what cannot be in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from reconciler.model.attestation import Guide
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import EngineSpec, Target
from reconciler.model.secret import ENV_STORE, FILE_STORE
from reconciler.model.source import Document, DocumentKind, Path, Position
from reconciler.pipeline import guard
from reconciler.pipeline.resolve import references
from reconciler.pipeline.resolve.zones import Places

_LOCAL = frozenset({ENV_STORE, FILE_STORE})


def findings(documents: Sequence[Document], engine: EngineSpec | None, places: Places) -> Iterator[Finding]:
    """Each unknown name once, at the first place that has it."""
    named: dict[str, list[tuple[Position, str]]] = {}
    for document in documents:
        for zone, where, address in _named(document):
            named.setdefault(zone, []).append((where, address))
    for zone, found in named.items():
        if engine is None or zone not in engine.zones:
            yield _unknown(zone, found, engine)
    by_unit = {target.unit: target for target in places.targets if target.zone}
    by_relay = {one.address: one for one in places.relays}
    for document in documents:
        if (target := by_unit.get(f"{document.environment}/{document.name}")) is not None:
            yield from _local_secrets(document, (), target.unit, str(target.zone))
            yield from _guided(target)
        for name in document.data.get("relays", {}) if document.kind is DocumentKind.ENVIRONMENT else ():
            relay = by_relay[f"{document.environment}/{name}"]
            for zone in sorted(filter(None, places.zones_of(relay)))[:1]:
                yield from _local_secrets(document, ("relays", name), relay.address, zone)


def _named(document: Document) -> Iterator[tuple[str, Position, str]]:
    if document.kind is DocumentKind.RECONCILER:
        return
    if isinstance(zone := document.data.get("zone"), str):
        address = f"{document.environment}/{document.name}" if document.name else str(document.environment)
        yield zone, document.value_at("zone"), address
    if document.kind is DocumentKind.ENVIRONMENT:
        for name, raw in document.data.get("relays", {}).items():
            if "zone" in raw:
                yield raw["zone"], document.value_at("relays", name, "zone"), f"{document.environment}/{name}"


def _unknown(zone: str, found: Sequence[tuple[Position, str]], engine: EngineSpec | None) -> Finding:
    where, address = found[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    if engine is None:
        rule, what = "zone-without-engine", f"zone: {zone}, and reconciler.yaml has no engine{more}"
        why = "another network is reached by a worker that runs there, and engine says how work gets to it"
        fix = "add engine to reconciler.yaml (docs/zones.md), or leave zone out"
    else:
        near = get_close_matches(zone, engine.zones, n=1)
        rule, what = "unknown-zone", f"unknown zone {zone}{more}"
        why = f"zones are declared in reconciler.yaml, engine.zones; there: {', '.join(sorted(engine.zones))}"
        fix = f"did you mean {near[0]}?" if near else f"declare engine.zones.{zone} there, with its worker's public key"
    return Finding(
        severity=Severity.ERROR, rule=rule, address=address, field="zone", where=where, what=what, why=why, fix=fix
    )


def _local_secrets(document: Document, path: Path, address: str, zone: str) -> Iterator[Finding]:
    raw: Any = document.data
    for part in path:
        raw = raw[part]
    for below, ref in references.below(raw, path):
        if ref.store in _LOCAL:
            key = str(below[-1])
            yield Finding(
                severity=Severity.ERROR,
                rule="local-secret-in-zone",
                address=address,
                field=".".join(map(str, below[len(path) :])),
                where=document.value_at(*below),
                what=f"{key}: {{{ref.store}: {ref.path}}} in zone {zone}",
                why="its worker opens it there, and only from secret stores of its own: never a variable or a file",
                fix=f"keep it in a store of the zone, e.g. {key}: {{vault: mail/{address}#{key}}}",
            )


def _guided(target: Target) -> Iterator[Finding]:
    guide = guard.platform(target.kind).guide
    found = guard.answer_or_finding(target.unit, lambda: guide(target.connection)) if guide else None
    if not isinstance(found, Guide):
        return
    yield Finding(
        severity=Severity.ERROR,
        rule="guided-in-zone",
        address=target.unit,
        field="zone",
        where=target.zone_position,
        what=f"zone: {target.zone}, for a target that a person carries out",
        why="nobody reads or writes it, so there is nothing for a worker to do; its audit log would be asked from here",
        fix="zone: null here, and zone on the relay to have that proven from there",
    )
