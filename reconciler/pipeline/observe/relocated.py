"""State of installations that were named by an absolute path below some checkout, and are relative to it now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.model.landscape import Target
from reconciler.model.ports import State
from reconciler.model.settings import Applied

_Loaded = Mapping[str, Sequence[Applied]]


def renamed(loaded: _Loaded, targets: Iterable[Target]) -> _Loaded:
    """What is remembered of a target that has no other entries counts for it, whatever the folder was called."""
    formers = _formers(loaded, targets)
    kept = {name: entries for name, entries in loaded.items() if name not in formers.values()}
    return kept | {name: _as(name, loaded[former]) for name, former in formers.items()}


def take_over(state: State, targets: Iterable[Target], installations: Iterable[str], owner: str) -> None:
    """Remembers it under the new names, and forgets the old ones. Raises StateError, LockedError."""
    wanted = set(installations)
    relative = [one for one in targets if one.installation in wanted and _relative(one.installation)]
    if not relative or not (new := _unknown(state, relative)):
        return
    loaded = state.load(state.installations())
    for name, former in _formers(loaded, new).items():
        with state.lock(name, owner):
            state.save(name, _as(name, loaded[former]))
            state.save(former, ())


def _unknown(state: State, relative: Sequence[Target]) -> list[Target]:
    known = state.load(sorted({one.installation for one in relative}))
    return [one for one in relative if one.installation not in known]


def _formers(loaded: _Loaded, targets: Iterable[Target]) -> dict[str, str]:
    """By new name, the old one: the same kind, the end of the path, and written for the same target."""
    old = {name: entries for name, entries in loaded.items() if name.partition(":")[2].startswith("/")}
    if not old:
        return {}
    found: dict[str, str] = {}
    for target in targets:
        kind, _, path = target.installation.partition(":")
        if _relative(target.installation) and target.installation not in loaded:
            for name, entries in old.items():
                ours = any(entry.address.unit == target.unit for entry in entries)
                if ours and name.startswith(f"{kind}:/") and name.endswith(f"/{path}"):
                    found[target.installation] = name
    return found


def _relative(installation: str) -> bool:
    return not installation.partition(":")[2].startswith("/")


def _as(installation: str, entries: Iterable[Applied]) -> tuple[Applied, ...]:
    return tuple(replace(entry, installation=installation) for entry in entries)
