"""State of installations that were named by an absolute path below some checkout, and are relative to it now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.model.landscape import Target
from reconciler.model.ports import State
from reconciler.model.settings import Applied

_Loaded = Mapping[str, Sequence[Applied]]
_UP = re.compile(r"\A(?:\.\./)+")  # out of the checkout, wherever that was


def renamed(loaded: _Loaded, targets: Iterable[Target]) -> _Loaded:
    """What is remembered of a target that has no other entries counts for it, whatever the folder was called."""
    formers = _formers(loaded, targets)
    kept = {name: entries for name, entries in loaded.items() if name not in formers.values()}
    return kept | {name: _as(name, loaded[former]) for name, former in formers.items()}


def take_over(
    state: State, targets: Iterable[Target], known: Mapping[str, object], installations: Iterable[str], owner: str
) -> bool:
    """Remembers it under the new names, forgets the old ones, and says whether there were any.

    `known` is what the state has of these installations. Raises StateError, LockedError.
    """
    wanted = set(installations) - known.keys()
    if not (new := [one for one in targets if one.relative and one.installation in wanted]):
        return False
    loaded = state.load(state.installations())
    formers = _formers(loaded, new)
    for name, former in formers.items():
        with state.lock(name, owner), state.lock(former, owner):
            state.save(name, _as(name, loaded[former]))
            state.save(former, ())
    return bool(formers)


def _formers(loaded: _Loaded, targets: Iterable[Target]) -> dict[str, str]:
    """By new name, the old one: the same kind, the end of the path, and written for the same target."""
    old = {name: entries for name, entries in loaded.items() if name.partition(":")[2].startswith("/")}
    if not old:
        return {}
    found: dict[str, str] = {}
    for target in targets:
        kind, _, path = target.installation.partition(":")
        if target.relative and target.installation not in loaded:
            for name, entries in old.items():
                ours = any(entry.address.unit == target.unit for entry in entries)
                if ours and name.startswith(f"{kind}:/") and name.endswith(f"/{_UP.sub('', path)}"):
                    found[target.installation] = name
    return found


def _as(installation: str, entries: Iterable[Applied]) -> tuple[Applied, ...]:
    return tuple(replace(entry, installation=installation) for entry in entries)
