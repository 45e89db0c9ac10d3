"""Relays to declare once: what several targets of an environment have alike. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.model.address import Resource
from reconciler.model.adoption import Adoption, Found
from reconciler.model.landscape import Landscape
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Settings, Value
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline.adopt import objects, secrets
from reconciler.pipeline.policy import hosts
from reconciler.pipeline.resolve.relays import ROUTE

COLLECTION = "relays"
_LOGIN = ("username", "oauth2.")  # what makes another relay of the same host
_NAMED = 5  # users of a relay; git and explain know them all
_Way = tuple[object, ...]


def proposed(found: Sequence[Adoption], landscape: Landscape) -> tuple[Adoption, ...]:
    """For each environment the relays that two or more targets lead to; `unit` is the environment.

    `found` has no relay where the files declare none that fits.
    """
    by_environment: dict[str, list[Adoption]] = {}
    for one in found:
        by_environment.setdefault(one.unit.partition("/")[0], []).append(one)
    made = (_of(name, ones, landscape) for name, ones in by_environment.items())
    return tuple(one for one in made if one.found)


def with_relays(documents: Sequence[Document], relays: Iterable[Adoption]) -> list[Document]:
    """The files as they will be, with these in environment.yaml."""
    wanted = {one.unit: one for one in relays}
    return [_extended(one, wanted.get(one.environment or "")) for one in documents]


def _extended(document: Document, relays: Adoption | None) -> Document:
    if relays is None or document.kind is not DocumentKind.ENVIRONMENT:
        return document
    return replace(document, data={**document.data, COLLECTION: declared(document.data, relays)})


def declared(data: Mapping[str, Any], relays: Adoption) -> dict[str, Any]:
    """The relays of an environment's content, with these."""
    return {**data.get(COLLECTION, {}), **{str(one.resource.key): one.raw() for one in relays.found}}


def _of(environment: str, found: Sequence[Adoption], landscape: Landscape) -> Adoption:
    taken = {relay.name for relay in landscape.relays if relay.environment == environment}
    zones = {landscape.by_unit[one.unit].zone for one in found}
    wallet = secrets.wallet(landscape, environment, zones.pop() if len(zones) == 1 else None)
    relays: list[Found] = []
    for settings, users in _shared(found):
        name = _name(str(settings["host"]), taken)
        taken.add(name)
        relays.append(_relay(name, settings, users, wallet))
    return Adoption(unit=environment, installation=f"{environment}/environment.yaml", found=tuple(relays))


def _shared(found: Sequence[Adoption]) -> Iterator[tuple[Settings, list[str]]]:
    """What is common, and the addresses that have it."""
    groups: dict[_Way, tuple[dict[str, Value], list[str], set[str]]] = {}
    for one in found:
        for resource in one.declared:
            settings = _route(resource)
            if settings is None:
                continue
            _, users, units = groups.setdefault(_key(settings), (settings, [], set()))
            users.append(f"{one.unit}:{resource.resource}")
            units.add(one.unit)
    yield from ((settings, users) for settings, users, units in groups.values() if len(units) > 1)


def _route(found: Found) -> dict[str, Value] | None:
    """None where a relay is declared already, or what a handshake needs is not known."""
    if found.relay or any(found.settings.get(name) is None for name in ROUTE):
        return None
    own = found.settings
    return {name: own[name] for name in own if name in ROUTE or (name.startswith(_LOGIN) and not _is_secret(own[name]))}


def _is_secret(value: Value) -> bool:
    return isinstance(value, SecretRef)


def _key(settings: Mapping[str, Value]) -> _Way:
    return hosts.normal(str(settings["host"])), *sorted((k, str(v)) for k, v in settings.items() if k != "host")


def _relay(name: str, settings: Settings, users: Sequence[str], wallet: secrets.Wallet) -> Found:
    resource = Resource(collection=COLLECTION, key=name)
    needed = {"basic": "password", "oauth2": "oauth2.client_secret"}.get(str(settings["auth"]))
    notes, own, new = {}, dict(settings), frozenset[str]()
    if needed is not None and needed not in own:
        ref = wallet.reference(resource, needed, secrets.login(needed, settings))
        own[needed], notes[needed] = ref, wallet.note(ref)
        new = frozenset({needed} if wallet.is_new(ref) else ())
    return Found(
        resource=resource,
        title=name,
        settings=own,
        suggested=new,
        notes=notes,
        remarks=(f"shared by {_folded(users)}",),
    )


def _folded(users: Sequence[str]) -> str:
    more = len(users) - _NAMED
    return ", ".join(users[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _name(host: str, taken: set[str]) -> str:
    """By the first word of the host: `smtp` for smtp.example.com; `relay` for an address."""
    first = host.partition(".")[0]
    base = objects.slug(first)
    base = base if base[:1].isalpha() and ":" not in host else "relay"
    return next(one for number in range(1, len(taken) + 3) if (one := _numbered(base, number)) not in taken)


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"
