"""Takes what was applied from one place to another: from a folder into Vault, or the other way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from reconciler.errors import StateError
from reconciler.model.ports import State
from reconciler.model.settings import Applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """`before`: it was there already, from an earlier attempt."""

    installation: str
    resources: int
    before: bool = False


def moved(source: State, target: State, owner: str) -> Iterator[Moved]:
    """One installation after the other, locked at both places, read back before it goes from the first.

    May be tried again after it was cut off. Raises LockedError, and StateError where the target knows something else.
    """
    for installation in source.installations():
        with ExitStack() as locks:
            for place in (source, target):
                locks.enter_context(place.lock(installation, owner))
            yield _one(installation, source, target)


def _one(installation: str, source: State, target: State) -> Moved:
    entries = _sorted(source.load([installation]).get(installation, ()))
    there = _sorted(target.load([installation]).get(installation, ()))
    if there and there != entries:
        raise StateError(
            f"{installation}: there is another state at the target",
            why=f"{len(there)} resources there, {len(entries)} here, and they differ",
            fix="find out which is right; a state is never merged",
        )
    if not there:
        target.save(installation, entries)
        if _sorted(target.load([installation]).get(installation, ())) != entries:
            raise StateError(f"{installation}: what was written cannot be read back", fix="keep the first place")
    source.save(installation, ())
    return Moved(installation=installation, resources=len(entries), before=bool(there))


def _sorted(entries: Sequence[Applied]) -> tuple[Applied, ...]:
    return tuple(sorted(entries, key=lambda entry: str(entry.address)))
