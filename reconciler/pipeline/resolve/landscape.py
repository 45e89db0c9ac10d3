"""Documents to a Landscape: inheritance, references, origins. Says what does not resolve; judges nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from reconciler import platforms
from reconciler.model.acceptance import Accepted
from reconciler.model.address import Address, Resource
from reconciler.model.finding import Finding
from reconciler.model.handshake import HANDSHAKE_ONLY, ZONE
from reconciler.model.landscape import Acceptance, DeclaredRelay, Landscape, Paused, Target
from reconciler.model.plan import Stage
from reconciler.model.platform import Platform
from reconciler.model.settings import Adopt, Connection, Desired, Settings, Shape, Tree
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline.resolve import central as inside
from reconciler.pipeline.resolve import expressed, expressible, flatten, identity, relays, stores, zones
from reconciler.pipeline.resolve.expressed import Expressed
from reconciler.pipeline.resolve.expressible import Unsaid
from reconciler.pipeline.resolve.flatten import Effective
from reconciler.pipeline.resolve.zones import Places

_META = ("relay", "adopt", "moved_from")  # keys of a resource that are not settings
_NOT_RELAYS = ("sender.", "verify.")  # come from the environment, and need not be expressed by the platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    landscape: Landscape
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Environment:
    stage: Stage
    relays: Mapping[str, Mapping[str, Effective]]
    shared: Mapping[str, Effective]  # sender.* and verify.*


def landscape(documents: Sequence[Document], base: Path) -> Resolved:
    """Resolves valid documents, which were read with the same `base`: the folder that holds the root."""
    central = next(document for document in documents if document.kind is DocumentKind.RECONCILER)
    declared, engine = inside.stores(central), inside.engine(central)
    environments = [document for document in documents if document.kind is DocumentKind.ENVIRONMENT]
    shared = {str(document.environment): _environment(document) for document in environments}
    maps = {one.file: one.data for one in documents if one.kind is DocumentKind.PAGE_MAP}
    declaring = [document for document in documents if document.kind is not DocumentKind.PAGE_MAP]
    findings: list[Finding] = []
    targets: list[Target] = []
    desired: list[Desired] = []
    for document in declaring:
        if document.kind is DocumentKind.TARGET:
            target = _target(document, maps, shared[str(document.environment)])
            wanted, broken = _resources(document, target, shared[target.environment], findings)
            targets.append(replace(target, broken=_at(target, broken)) if broken and not target.broken else target)
            desired += wanted
    zoned = zones.anywhere(declaring)
    places = _places(environments, shared, targets, desired, zoned=zoned)
    findings[:0] = stores.findings(declaring, declared, places)
    if zoned:
        from reconciler.pipeline.resolve import zone_faults  # most landscapes are in one network

        findings += zone_faults.findings(declaring, engine, places, desired)
    return Resolved(
        landscape=Landscape(
            base=str(base),
            stages=tuple(sorted((_stage(document) for document in environments), key=lambda s: (s.order, s.name))),
            targets=tuple(targets),
            desired=tuple(desired),
            relays=tuple(places.relays),
            stores=declared,
            engine=engine,
            state=inside.state(central),
            policy=inside.policy(central),
        ),
        findings=tuple(findings),
    )


def _stage(document: Document) -> Stage:
    data = document.data
    return Stage(name=str(document.environment), order=data.get("order", 0), protected=data.get("protected", False))


def _environment(document: Document) -> _Environment:
    names = document.data.get("relays", {})
    return _Environment(
        stage=_stage(document),
        relays={name: zones.of_relay(flatten.settings(document, ("relays", name), f"relay {name}")) for name in names},
        shared={
            f"{group}.{field}": effective
            for group in ("sender", "verify")
            for field, effective in flatten.settings(document, (group,), "environment").items()
        }
        | zones.declared(document, "environment"),
    )


def _places(
    environments: Sequence[Document],
    shared: Mapping[str, _Environment],
    targets: Sequence[Target],
    desired: Sequence[Desired],
    *,
    zoned: bool,
) -> Places:
    users = zones.users(targets, desired) if zoned else {}
    relays = tuple(_declared_relays(environments, shared, users))
    return Places(targets=targets if zoned else (), relays=relays, users=users)


def _declared_relays(
    environments: Sequence[Document], shared: Mapping[str, _Environment], users: Mapping[str, Sequence[Target]]
) -> Iterator[DeclaredRelay]:
    for document in environments:
        environment = shared[str(document.environment)]
        for name, own in environment.relays.items():
            address = f"{environment.stage.name}/{name}"
            used = zones.of_users(environment.shared, users[address]) if address in users else {}
            effective = zones.stamped({**environment.shared, **used, **own})
            settings = _values(effective)
            yield DeclaredRelay(
                address=address,
                name=name,
                environment=environment.stage.name,
                settings=settings,
                origin={field: entry.origin for field, entry in effective.items()},
                relay=relays.relay(settings, name, protected=environment.stage.protected),
                position=document.key_at("relays", name),
                zone=zones.name(effective),
            )


def _target(document: Document, maps: Mapping[str, Any], environment: _Environment) -> Target:
    data = document.data
    placed = zones.declared(document, "here") or environment.shared
    zone = zones.name(placed)
    connection = _connection(document, maps, zone)
    unit = f"{document.environment}/{document.name}"
    if zone is None:
        absolute = expressed.installation(data["platform"], connection, unit)
        installation = absolute if isinstance(absolute, Finding) else identity.from_here(absolute, document)
    else:
        absolute = installation = zones.installation(data["platform"], connection, unit, zone)
    paused = data.get("paused")
    target = Target(
        unit=unit,
        environment=str(document.environment),
        kind=platforms.kind(data["platform"]),
        connection=connection,
        installation=f"unknown:{unit}" if isinstance(installation, Finding) else installation,
        position=document.key_at("platform"),
        connection_position=document.key_at("connection"),
        paused=paused and Paused(reason=paused["reason"], until=paused["until"], position=document.key_at("paused")),
        prune=data.get("prune", False),
        accept=tuple(_acceptances(document)),
        relative=installation != absolute,
        zone=zone,
        zone_position=placed[ZONE].origin.position if zone else None,
    )
    return replace(target, broken=_at(target, [installation])) if isinstance(installation, Finding) else target


def _acceptances(document: Document) -> Iterator[Acceptance]:
    for rule, raw in document.data.get("accept", {}).items():
        accepted = Accepted(reason=raw["reason"], until=raw["until"])
        yield Acceptance(rule=rule, accepted=accepted, position=document.key_at("accept", rule))


def _connection(document: Document, maps: Mapping[str, Any], zone: str | None) -> Connection:
    """A page map comes with what its file says; the file itself is named, because its content decides too."""
    raw = document.data["connection"]
    if zone is None:
        connection = cast("dict[str, Tree]", flatten.tree(raw, document.base))
    else:
        connection = zones.connection(raw, document.base, zone)
    if isinstance(name := raw.get("page_map"), str):
        content = flatten.plain(maps[name])
        connection["page_map"] = {"page_map_file": flatten.absolute(name, document.base), "content": content}
    return connection


def _at(target: Target, broken: Sequence[Finding]) -> Finding | None:
    """The first mistake of its platform, at the line that names the platform."""
    return replace(broken[0], where=target.position, field="platform") if broken else None


def _resources(
    document: Document, target: Target, environment: _Environment, findings: list[Finding]
) -> tuple[list[Desired], list[Finding]]:
    """What is declared, and the mistakes that the platform made about it."""
    found: list[Desired] = []
    broken: list[Finding] = []
    unsaid: list[Unsaid] = []
    shared = {**environment.shared, **own} if (own := zones.declared(document, "here")) else environment.shared
    for path in _paths(document, expressed.platform(target.kind)):
        raw = document.data[path[0]] if len(path) == 1 else document.data[path[0]][path[1]]
        resource = Resource(collection=path[0], key=path[1] if len(path) > 1 else None)
        relay = raw.get("relay")
        if relay is not None and relay not in environment.relays:
            findings.append(_unknown(document, resource, relay, environment))
            continue
        inherited = environment.relays[relay] if relay else {}
        own = _settings_only(flatten.settings(document, path, "here"))
        effective = zones.stamped(flatten.merged(shared, inherited, own))
        taken = expressed.resource(target, resource, effective)
        wanted = _desired(document, target, resource, raw, taken, environment)
        wanted, mistake = (wanted, taken.broken) if taken.broken else expressed.limited(wanted, target)
        found.append(wanted)
        broken += [mistake] if mistake else []
        unsaid += [] if taken.broken else _unsaid(wanted, taken)
    findings.extend(expressible.findings(unsaid, target))
    return found, broken


def _paths(document: Document, platform: Platform) -> Iterator[tuple[str, ...]]:
    """Where the document declares resources, in the platform's order of collections."""
    for collection, shape in platform.collections.items():
        if (declared := document.data.get(collection)) is not None:
            yield from [(collection,)] if shape is Shape.ONE else [(collection, key) for key in declared]


def _desired(
    document: Document,
    target: Target,
    resource: Resource,
    raw: dict[str, Any],
    taken: Expressed,
    environment: _Environment,
) -> Desired:
    return Desired(
        address=Address(environment=target.environment, target=str(document.name), resource=resource),
        kind=target.kind,
        installation=target.installation,
        settings=zones.settings(taken.settings, target.zone) if ZONE in taken.effective else taken.settings,
        handshake=_values(taken.effective),
        origin={field: entry.origin for field, entry in taken.effective.items()},
        position=document.key_at(*_path(resource)),
        relay=raw.get("relay"),
        adopt=Adopt(**raw["adopt"]) if "adopt" in raw else None,
        moved_from=replace(resource, key=raw["moved_from"]) if "moved_from" in raw else None,
        protected=environment.stage.protected,
        order=environment.stage.order,
    )


def _unsaid(wanted: Desired, taken: Expressed) -> list[Unsaid]:
    known = taken.fields | HANDSHAKE_ONLY
    return [
        Unsaid(wanted=wanted, field=field, origin=entry.origin)
        for field, entry in taken.effective.items()
        if field not in known and not field.startswith(_NOT_RELAYS) and entry.value is not None
    ]


def _path(resource: Resource) -> tuple[str, ...]:
    """Where a document declares it."""
    return (resource.collection, resource.key) if resource.key else (resource.collection,)


def _settings_only(own: Mapping[str, Effective]) -> dict[str, Effective]:
    return {field: entry for field, entry in own.items() if field not in _META and not field.startswith(("adopt.",))}


def _values(effective: Mapping[str, Effective]) -> Settings:
    return {field: entry.value for field, entry in effective.items()}


def _unknown(document: Document, resource: Resource, relay: str, environment: _Environment) -> Finding:
    from reconciler.pipeline.resolve import unknown_relays  # most files name relays that there are

    return unknown_relays.finding(document, resource, relay, environment.relays)
