"""Records that a person has carried out what is declared. Believes them, and says so wherever it is shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from reconciler.model import codec
from reconciler.model.ports import State
from reconciler.model.settings import Applied, AppliedSecret, Attested, Desired, Value
from reconciler.pipeline.apply import hand_over
from reconciler.pipeline.apply.record import Stamp
from reconciler.pipeline.observe.observe import Versions


def recorded(
    chosen: Sequence[Desired],
    versions: Versions,
    state: State,
    *,
    stamp: Stamp,
    owner: str,
    by: str,
    tested: bool | None,
) -> Iterator[Applied]:
    """Saves an entry for each, under the lock of its installation. Raises StateError, LockedError included.

    Every secret of `chosen` has a version in `versions`.
    """
    return _saved(chosen, state, owner, lambda one, last: _attested(one, last, versions, stamp, by, tested))


def in_use(chosen: Sequence[Desired], state: State, *, stamp: Stamp, owner: str, by: str) -> Iterator[Applied]:
    """The same for what reconciler wrote itself and a person has brought into use: it is pending no more."""

    def entry(one: Desired, last: Applied | None) -> Applied | None:
        if last is None or last.pending is None:
            return None
        return replace(last, pending=None, attested=_told(last, stamp, by, None))

    return _saved(chosen, state, owner, entry)


def nothing_pending(chosen: Sequence[Desired], state: State) -> Desired | None:
    """The first of which nothing waits for a person. Raises StateError."""
    loaded = state.load(sorted({one.installation for one in chosen}))
    waits = {(home, one.address.resource) for home, entries in loaded.items() for one in entries if one.pending}
    return next((one for one in chosen if (one.installation, one.address.resource) not in waits), None)


def _saved(
    chosen: Sequence[Desired], state: State, owner: str, entry: Callable[[Desired, Applied | None], Applied | None]
) -> Iterator[Applied]:
    ordered = sorted(chosen, key=lambda one: (one.installation, str(one.address)))
    for installation, group in groupby(ordered, key=lambda one: one.installation):
        with state.lock(installation, owner):
            before = state.load([installation]).get(installation, ())
            last = {one.address.resource: one for one in before}
            entries = [made for one in group if (made := entry(one, last.get(one.address.resource)))]
            state.save(installation, hand_over.replaced(before, entries))
        yield from entries


def _attested(
    one: Desired, last: Applied | None, versions: Versions, stamp: Stamp, by: str, tested: bool | None
) -> Applied:
    """What the last work order says, since that is what was carried out; without one, what is declared."""
    done = (last.handed if last else None) or hand_over.entry(one, versions, stamp)
    # nothing else moves the mark: a later change shows in what is declared, or in an event
    return replace(done, marker=stamp.at, at=stamp.at, attested=_told(done, stamp, by, tested))


def _told(done: Applied, stamp: Stamp, by: str, tested: bool | None) -> Attested:
    return Attested(by=by, at=stamp.at, digest=_digest(done.settings, done.secrets), tested=tested)


def _digest(settings: Mapping[str, Value], secrets: Mapping[str, AppliedSecret]) -> str:
    """SHA-256 of what was attested: settings, and references with versions, never a secret."""
    content = {
        "settings": {field: codec.value(value) for field, value in settings.items()},
        "secrets": {
            field: [codec.value(one.ref), one.version.number, one.version.created_time]
            for field, one in secrets.items()
        },
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
