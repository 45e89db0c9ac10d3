"""Which secrets the workers of zones open for a plan: told to who reviews it. Contacts nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from reconciler.model.change import Change
from reconciler.model.landscape import Landscape
from reconciler.model.plan import ZoneOpens
from reconciler.model.secret import SecretRef
from reconciler.pipeline.resolve import flatten, relays


@runtime_checkable
class Introduced(Protocol):
    """An Engine whose workers have said who they are."""

    @property
    def roles(self) -> Mapping[str, Mapping[str, str]]:
        """Of each zone that has answered: who opens its secrets, by store, e.g. `approle mail-writer`."""
        ...


def opens(land: Landscape, units: Collection[str], changes: Sequence[Change], engine: object) -> tuple[ZoneOpens, ...]:
    """One for each zone that the plan has to do with, by name; `units` are the targets that the engine has read."""
    roles = engine.roles if isinstance(engine, Introduced) else {}
    connection = dict.fromkeys(_connections(land, units))
    mail = dict.fromkeys(ref for change in changes if change.writes for ref in _mail(land, change))
    zones = {target.zone for target in land.targets if target.unit in units} | {ref.zone for ref in mail}
    return tuple(
        ZoneOpens(
            zone=zone,
            store_roles=dict(sorted(roles.get(zone, {}).items())),
            connection=_of(zone, connection),
            mail=_of(zone, mail),
        )
        for zone in sorted(filter(None, zones))
    )


def _of(zone: str, refs: Collection[SecretRef]) -> tuple[SecretRef, ...]:
    return tuple(sorted((ref for ref in refs if ref.zone == zone), key=str))


def _connections(land: Landscape, units: Collection[str]) -> Iterator[SecretRef]:
    for target in land.targets:
        if target.unit in units:
            yield from flatten.secrets_in(target.connection)


def _mail(land: Landscape, change: Change) -> Iterator[SecretRef]:
    """What is written, and what the relay is proven with before."""
    yield from (field.after for field in change.fields if isinstance(field.after, SecretRef))
    desired = land.by_address.get(change.address)
    if desired and desired.handshake.get("verify.from", "here") == "here":
        relay = relays.relay(desired.handshake, desired.relay)
        yield from relays.secrets(relay) if relay else ()
