"""The leases of all runs that share a state, as one document. Pure: who writes it decides which leases are alive."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from reconciler.errors import StateError
from reconciler.model.runs.lease import Held

FORMAT_VERSION = 1
Alive = Callable[[Held], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """`fence` is the number of the last lease that was given."""

    fence: int = 0
    leases: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`held` is None when nothing was free; `refused` says who holds the others."""

    registry: Registry
    held: Held | None
    refused: Mapping[str, Held] = field(default_factory=dict)


def taken(registry: Registry, asked: Held, alive: Alive) -> Taken:
    """A lease for those of its installations that nobody holds; who held one and is dead can hold it no more.

    `asked.fence` is where to begin counting where nothing is known, as after a loss: higher than ever before.
    """
    holders = {name: one for one in registry.leases if alive(one) for name in one.installations}
    free = tuple(name for name in asked.installations if name not in holders)
    refused = {name: holders[name] for name in asked.installations if name in holders}
    if not free:
        return Taken(registry=registry, held=None, refused=refused)
    fence = (registry.fence or asked.fence) + 1
    held = replace(asked, installations=free, fence=fence)
    over = f"taken over by {asked.owner}"
    kept = tuple(
        replace(one, lost=one.lost or over) if not alive(one) and _share(one, free) else one for one in registry.leases
    )
    return Taken(registry=Registry(fence=fence, leases=(*kept, held)), held=held, refused=refused)


def without(registry: Registry, nonce: str) -> Registry:
    return replace(registry, leases=tuple(one for one in registry.leases if one.nonce != nonce))


def settled(registry: Registry, nonces: Collection[str], installations: Collection[str]) -> Registry:
    """Without these installations of runs that were cut off: what they left is dealt with."""
    return replace(registry, leases=tuple(_settled(registry.leases, set(nonces), set(installations))))


def _settled(leases: Iterable[Held], nonces: set[str], gone: set[str]) -> Iterable[Held]:
    for one in leases:
        left = tuple(name for name in one.installations if name not in gone) if one.nonce in nonces else None
        if left is None or left:
            yield one if left is None else replace(one, installations=left)


def changed(registry: Registry, nonce: str, change: Callable[[Held], Held]) -> Registry:
    leases = tuple(change(one) if one.nonce == nonce else one for one in registry.leases)
    return replace(registry, leases=leases)


def by_nonce(registry: Registry, nonce: str) -> Held | None:
    return next((one for one in registry.leases if one.nonce == nonce), None)


def document(registry: Registry) -> dict[str, Any]:
    leases = [{key: value for key, value in asdict(one).items() if value is not None} for one in registry.leases]
    return {"format_version": FORMAT_VERSION, "fence": registry.fence, "leases": leases}


def from_document(found: object, where: str) -> Registry:
    """Raises StateError for what `document` did not make: it would be overwritten."""
    if found is None:
        return Registry()
    try:
        return _registry(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what, why = f"{where} has no leases of reconciler", "it would be overwritten"
        raise StateError(what, why=why, fix="move it away, or set state.path to another place") from error


def _registry(found: Any) -> Registry:
    if found["format_version"] != FORMAT_VERSION:
        raise ValueError("another format")
    leases = (Held(**{**one, "installations": tuple(one["installations"])}) for one in found["leases"])
    return Registry(fence=int(found["fence"]), leases=tuple(leases))


def _share(one: Held, names: Collection[str]) -> bool:
    return not set(one.installations).isdisjoint(names)
