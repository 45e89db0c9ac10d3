"""Records that a person has carried out what is declared. Believes them, and says so wherever it is shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from reconciler.model import codec
from reconciler.model.ports import State
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Applied, AppliedSecret, Attested, Desired, Value
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
        entries = [_entry(one, versions, stamp, by, tested) for one in group]
        with state.lock(installation, owner):
            state.save(installation, _replaced(state.load([installation]).get(installation, ()), entries))
        yield from entries


def _replaced(before: Iterable[Applied], entries: Sequence[Applied]) -> tuple[Applied, ...]:
    new = {entry.address.resource for entry in entries}
    return (*(entry for entry in before if entry.address.resource not in new), *entries)


def _entry(one: Desired, versions: Versions, stamp: Stamp, by: str, tested: bool | None) -> Applied:
    settings = {field: value for field, value in one.settings.items() if not isinstance(value, SecretRef)}
    secrets = dict(_secrets(one, versions))
    return Applied(
        installation=one.installation,
        address=one.address,
        settings=settings,
        secrets=secrets,
        marker=stamp.at,  # nothing else moves it: a later change shows in what is declared, or in an event
        run=stamp.run,
        at=stamp.at,
        attested=Attested(by=by, at=stamp.at, digest=_digest(settings, secrets), tested=tested),
    )


def _secrets(one: Desired, versions: Versions) -> Iterator[tuple[str, AppliedSecret]]:
    for field, value in one.settings.items():
        version = versions.get(value) if isinstance(value, SecretRef) else None
        if isinstance(value, SecretRef) and isinstance(version, SecretVersion):
            yield field, AppliedSecret(ref=value, version=version)


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
