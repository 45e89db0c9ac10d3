"""Zones that are named and not there, and what cannot be in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from reconciler.model.attestation import Guide
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import DeclaredRelay, EngineSpec, Target
from reconciler.model.secret import ENV_STORE, FILE_STORE, SecretRef
from reconciler.model.settings import Desired, Origin, Settings
from reconciler.model.source import Document, DocumentKind, Position
from reconciler.pipeline import guard
from reconciler.pipeline.resolve import references
from reconciler.pipeline.resolve.zones import Places

_LOCAL = frozenset({ENV_STORE, FILE_STORE})


def findings(
    documents: Sequence[Document], engine: EngineSpec | None, places: Places, desired: Sequence[Desired]
) -> Iterator[Finding]:
    """Each unknown name once, at the first place that has it; each reference once, whoever uses it."""
    named: dict[str, list[tuple[Position, str]]] = {}
    for document in documents:
        for zone, where, address in _named(document):
            named.setdefault(zone, []).append((where, address))
    for zone, found in named.items():
        if engine is None or zone not in engine.zones:
            yield _unknown(zone, found, engine)
    by_unit = {target.unit: target for target in places.targets if target.zone}
    for document in documents:
        if (target := by_unit.get(f"{document.environment}/{document.name}")) is not None:
            yield from _connection(document, target)
            yield from _guided(target)
    local = [*_of_relays(places.relays), *_of_resources(desired)]
    yield from {finding.where: finding for finding in reversed(local)}.values()


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


def _connection(document: Document, target: Target) -> Iterator[Finding]:
    for path, ref in references.below(document.data["connection"], ("connection",)):
        if ref.store in _LOCAL:
            where, instead = document.value_at(*path), f"platforms/{document.name}"
            yield _local(replace(ref, zone=target.zone), ".".join(map(str, path)), target.unit, where, instead)


def _of_relays(relays: Sequence[DeclaredRelay]) -> Iterator[Finding]:
    for one in relays:
        yield from _of_settings(one.address, one.settings, one.origin, one.address)


def _of_resources(desired: Sequence[Desired]) -> Iterator[Finding]:
    for one in desired:
        for settings in (one.settings, one.handshake):
            yield from _of_settings(str(one.address), settings, one.origin, one.address.unit)


def _of_settings(address: str, settings: Settings, origin: Mapping[str, Origin], alone: str) -> Iterator[Finding]:
    for field, ref in settings.items():
        if isinstance(ref, SecretRef) and ref.zone and ref.store in _LOCAL:
            relay = origin[field].relay
            instead = f"{address.partition('/')[0]}/{relay}" if relay else alone
            yield _local(ref, field, address, origin[field].position, f"mail/{instead}")


def _local(ref: SecretRef, field: str, address: str, where: Position, instead: str) -> Finding:
    key = field.rpartition(".")[2]
    return Finding(
        severity=Severity.ERROR,
        rule="local-secret-in-zone",
        address=address,
        field=field,
        where=where,
        what=f"{key}: {{{ref.store}: {ref.path}}} in zone {ref.zone}",
        why="its worker opens it there, and only from secret stores of its own: never a variable or a file",
        fix=f"keep it in a store of the zone, e.g. {key}: {{vault: {instead}#{key}}}",
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
