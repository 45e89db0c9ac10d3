"""What is remembered once it is known what became of the changes of a run that was cut off. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.model.change import Action, Change
from reconciler.model.recovery import Fate
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Applied, Live, Present, Reading
from reconciler.pipeline.apply.hand_over import replaced
from reconciler.pipeline.apply.intents import Intent
from reconciler.pipeline.observe.observe import AppliedBy


def after(before: Sequence[Applied], judged: Iterable[tuple[Intent, Fate]], reading: Reading) -> tuple[Applied, ...]:
    """The entries of one installation."""
    entries = tuple(before)
    for one, fate in judged:
        resource = one.change.address.resource
        last = next((entry for entry in entries if entry.address.resource == resource), None)
        if fate is Fate.TOOK_EFFECT and one.change.action is Action.ARCHIVE:
            entries = tuple(entry for entry in entries if entry.address.resource != resource)
        elif fate is Fate.TOOK_EFFECT:
            entries = replaced(_moved(entries, one.change), [_remembered(one, reading.live(resource))])
        elif fate is not Fate.NOT_WRITTEN and last is not None:
            entries = replaced(entries, [without_secrets(last, one.change)])
    return entries


def unsettled(applied: AppliedBy, found: Iterable[Intent]) -> AppliedBy:
    """What was applied, as it counts while nobody has looked at these changes yet."""
    known = dict(applied)
    for one in found:
        key = one.change.installation, one.change.address.resource
        if key in known:
            known[key] = without_secrets(known[key], one.change)
    return known


def without_secrets(entry: Applied, change: Change) -> Applied:
    """As if the secrets of this change had never been applied: nobody knows which version is there."""
    gone = {field.field for field in change.fields if isinstance(field.after, SecretRef)}
    return replace(entry, secrets={name: one for name, one in entry.secrets.items() if name not in gone})


def _moved(entries: tuple[Applied, ...], change: Change) -> tuple[Applied, ...]:
    former = change.moved_from.resource if change.moved_from else None
    return tuple(entry for entry in entries if entry.address.resource != former)


def _remembered(one: Intent, live: Live) -> Applied:
    """`one.applied` is the entry that there was, under its former address too."""
    settings = {field.field: field.after for field in one.change.fields if not isinstance(field.after, SecretRef)}
    known = one.applied
    entry = Applied(
        installation=one.change.installation,
        address=one.change.address,
        settings={**(known.settings if known else {}), **settings},
        secrets=known.secrets if known else {},
        marker=live.marker if isinstance(live, Present) else None,
        run=one.run,
        at=one.at,
    )
    return without_secrets(entry, one.change)
