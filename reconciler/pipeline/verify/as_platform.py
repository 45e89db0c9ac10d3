"""The relay of a resource as its platform uses it: with the mail client and the envelope senders of the application."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from reconciler.model.finding import Finding
from reconciler.model.handshake import Level, Relay
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Desired
from reconciler.pipeline import guard
from reconciler.pipeline.resolve import relays

T = TypeVar("T")


def relay(one: Desired, name: str | None, land: Landscape) -> Relay | None:
    """None while the settings do not say where to connect and how."""
    found = relays.relay(one.handshake, name, protected=one.protected)
    return None if found is None else as_used(found, one, land)


def as_used(found: Relay, one: Desired, land: Landscape) -> Relay:
    """What its platform says of this use of a relay; a platform that raises says nothing."""
    told = guard.answer_or_finding(str(one.address), lambda: _client(one, land))
    clients = () if told is None or isinstance(told, Finding) else (told,)
    senders = guard.answer_or_finding(str(one.address), lambda: _senders(found, one, land))
    waits = tuple(_waits(client, one) for client in clients)
    return replace(found, clients=clients, waits=waits, senders=() if isinstance(senders, Finding) else senders)


def merged(one: Relay, other: Relay) -> Relay:
    """One relay for both uses."""
    return replace(
        one,
        clients=_both(one.clients, other.clients),
        waits=_both(one.waits, other.waits),
        senders=_both(one.senders, other.senders),
    )


def _both(one: Sequence[T], other: Sequence[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _waits(client: str, one: Desired) -> tuple[str, float | None, float | None]:
    """The time-outs that the application gets, where it has keys for them."""
    said = (one.settings.get(f"timeouts.{what}") for what in ("connect", "read"))
    connect, read = (float(value) if isinstance(value, int | float) else None for value in said)
    return client, connect, read


def _client(one: Desired, land: Landscape) -> str | None:
    target = land.by_unit.get(one.address.unit)
    return guard.platform(one.kind).client(target.connection) if target else None


def _senders(found: Relay, one: Desired, land: Landscape) -> tuple[str, ...]:
    if found.level.rank < Level.ENVELOPE.rank:
        return ()
    return tuple(guard.platform(one.kind).senders(one, land.by_installation[one.installation]))
