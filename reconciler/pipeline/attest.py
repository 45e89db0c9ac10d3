"""Records that a person has carried out what is declared. Believes them, and says so wherever it is shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
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
    ordered = sorted(chosen, key=lambda one: (one.installation, str(one.address)))
    for installation, group in groupby(ordered, key=lambda one: one.installation):
        with state.lock(installation, owner):
            before = state.load([installation]).get(installation, ())
            last = {entry.address.resource: entry for entry in before}
            entries = [_attested(one, last.get(one.address.resource), versions, stamp, by, tested) for one in group]
            state.save(installation, hand_over.replaced(before, entries))
        yield from entries


def _attested(
    one: Desired, last: Applied | None, versions: Versions, stamp: Stamp, by: str, tested: bool | None
) -> Applied:
    """What the last work order says, since that is what was carried out; without one, what is declared."""
    done = (last.handed if last else None) or hand_over.entry(one, versions, stamp)
    told = Attested(by=by, at=stamp.at, digest=_digest(done.settings, done.secrets), tested=tested)
    # nothing else moves the mark: a later change shows in what is declared, or in an event
    return replace(done, marker=stamp.at, at=stamp.at, attested=told)


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
