"""What is remembered once it is known what became of the changes of a run that was cut off. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.recovery import Fate
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Applied, AppliedSecret, Live, Present, Reading
from reconciler.pipeline.observe import sent

Written = Mapping[Address, Mapping[str, AppliedSecret]]


def after(
    before: Sequence[Applied],
    judged: Iterable[tuple[Intent, Fate]],
    reading: Reading,
    written: Written = MappingProxyType({}),
) -> tuple[Applied, ...]:
    """The entries of one installation. `written` are secrets of which somebody knows that they were, by change."""
    entries = tuple(before)
    for one, fate in judged:
        resource = one.change.address.resource
        last = next((entry for entry in entries if entry.address.resource == resource), None)
        if fate is Fate.TOOK_EFFECT and one.change.action is Action.ARCHIVE:
            entries = sent.released(entries, {resource})
        elif fate is Fate.TOOK_EFFECT:
            known = written.get(one.change.address, {})
            entries = _with(_moved(entries, one.change), _remembered(one, reading.live(resource), known))
        elif fate is not Fate.NOT_WRITTEN and last is not None:
            entries = _with(entries, without_secrets(last, one.change))
    return entries


def without_secrets(entry: Applied, change: Change) -> Applied:
    """As if the secrets of this change had never been applied: nobody knows which version is there."""
    gone = {field.field for field in change.fields if isinstance(field.after, SecretRef)}
    return sent.without_secrets(entry, gone)


def _with(entries: tuple[Applied, ...], new: Applied) -> tuple[Applied, ...]:
    return (*(entry for entry in entries if entry.address.resource != new.address.resource), new)


def _moved(entries: tuple[Applied, ...], change: Change) -> tuple[Applied, ...]:
    former = change.moved_from.resource if change.moved_from else None
    return tuple(entry for entry in entries if entry.address.resource != former)


def _remembered(one: Intent, live: Live, written: Mapping[str, AppliedSecret]) -> Applied:
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
        pending=known.pending if known else None,
        unproven=known.unproven if known else (),
        order=known.order if known else None,
    )
    forgotten = without_secrets(sent.remembered(known, entry), one.change)
    return replace(forgotten, secrets={**forgotten.secrets, **written}) if written else forgotten
