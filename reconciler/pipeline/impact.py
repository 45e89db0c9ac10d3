"""Who breaks when a relay or a secret goes. Reads what is declared, and asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.errors import UsageError
from reconciler.model.answers.impact import Dependency, Impact, Use
from reconciler.model.landscape import DeclaredRelay, Landscape, Target
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Desired, Tree, Value
from reconciler.model.source import Position
from reconciler.pipeline import selection


def impacts(land: Landscape, names: Sequence[str]) -> tuple[Impact, ...]:
    """Of each name, in their order; without names of every relay and secret. UsageError for a name nobody declares."""
    relays = {relay.address: relay for relay in land.relays}
    secrets = _secrets(land)
    wanted = [_known(name, relays, secrets) for name in names] or [*relays, *secrets]
    return tuple(_of_relay(land, relays[name]) if name in relays else secrets[name] for name in wanted)


def _known(name: str, relays: Mapping[str, object], secrets: Mapping[str, object]) -> str:
    bare = name.removeprefix("vault:").strip()
    for spelled in (name, bare, bare.replace(":", " ", 1)):
        if spelled in relays or spelled in secrets:
            return spelled
    near = selection.nearest(name, [*relays, *secrets])
    raise UsageError(
        f"{name}: no relay and no secret of the files",
        why="a relay is called environment/name, a secret as in plan: mail/prod/submission#password, env NAME",
        fix=f"did you mean {near}?" if near else "reconciler impact lists them",
    )


def _of_relay(land: Landscape, relay: DeclaredRelay) -> Impact:
    mine = (one for one in land.desired if one.address.environment == relay.environment and one.relay == relay.name)
    # who names another host only takes its other settings from the relay
    through = (one for one in mine if (origin := one.origin.get("host")) and origin.relay == relay.name)
    resources = tuple(_use(land, one, "host") for one in through)
    return Impact(name=relay.address, kind=Dependency.RELAY, declared=(relay.position,), resources=resources)


def _secrets(land: Landscape) -> dict[str, Impact]:
    found: dict[str, dict[str, list[Use]]] = {}

    def add(part: str, value: Tree | Value, use: Use) -> None:
        if isinstance(value, SecretRef):
            found.setdefault(str(value), {}).setdefault(part, []).append(use)

    for relay in land.relays:
        for name, value in relay.settings.items():
            add("relays", value, _relay_use(land, relay, name))
    for one in land.desired:
        for name, value in {**one.handshake, **one.settings}.items():
            add("resources", value, _use(land, one, name))
    for target in land.targets:
        for name, leaf in _leaves(target.connection):
            add("targets", leaf, _target_use(land, target, name))
    return {
        name: Impact(name=name, kind=Dependency.SECRET, declared=_places(parts), **_frozen(parts))
        for name, parts in sorted(found.items())
    }


def _frozen(parts: Mapping[str, Sequence[Use]]) -> dict[str, tuple[Use, ...]]:
    return {part: tuple(uses) for part, uses in parts.items()}


def _places(parts: Mapping[str, Sequence[Use]]) -> tuple[Position, ...]:
    return tuple(sorted({use.where for uses in parts.values() for use in uses}))


def _leaves(tree: Tree, name: str = "connection") -> Iterator[tuple[str, Tree]]:
    if isinstance(tree, Mapping):
        for key, below in tree.items():
            yield from _leaves(below, f"{name}.{key}")
    else:
        yield name, tree


def _use(land: Landscape, one: Desired, name: str) -> Use:
    origin = one.origin.get(name)
    where = one.position if origin is None or origin.relay else origin.position
    protected = land.protected(one.address.environment)
    return Use(address=str(one.address), platform=one.kind, setting=name, where=where, protected=protected)


def _relay_use(land: Landscape, relay: DeclaredRelay, name: str) -> Use:
    origin = relay.origin.get(name)
    where = origin.position if origin else relay.position
    protected = land.protected(relay.environment)
    return Use(address=relay.address, platform=None, setting=name, where=where, protected=protected)


def _target_use(land: Landscape, target: Target, name: str) -> Use:
    where, protected = target.connection_position, land.protected(target.environment)
    return Use(address=target.unit, platform=target.kind, setting=name, where=where, protected=protected)
