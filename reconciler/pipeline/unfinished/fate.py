"""What became of a change that was begun, as far as it can be read. Pure."""

from __future__ import annotations

from reconciler.model.change import Action
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.recovery import Fate
from reconciler.model.settings import Absent, Live, Present, Reading
from reconciler.pipeline.unfinished import effect


def fate(one: Intent, reading: Reading) -> Fate:
    """What became of a change, as far as it can be read."""
    change, live = one.change, reading.live(one.change.address.resource)
    hidden = all(field.sensitive or field.field in _hidden(live) for field in change.fields)
    if change.action is Action.UPDATE and hidden:
        return Fate.NOT_WRITTEN if _same_mark(one, live) else Fate.UNKNOWN
    if not effect.differences(change, reading):
        return Fate.HALF_WRITTEN if not_in_use(one, live) else Fate.TOOK_EFFECT
    return Fate.NOT_WRITTEN if _as_before(one, live) else Fate.HALF_WRITTEN


def not_in_use(one: Intent, live: Live) -> bool:
    """The platform has taken it and does not use it: the run had no time to make it, and no plan shows a difference."""
    if not isinstance(live, Present) or live.pending_by_hand:
        return False
    return any(field.field in (live.pending or ()) for field in one.change.fields)


def _hidden(live: Live) -> frozenset[str]:
    return live.write_only if isinstance(live, Present) else frozenset()


def _as_before(one: Intent, live: Live) -> bool:
    if not isinstance(one.before, Present) or not isinstance(live, Present):
        return isinstance(one.before, Absent) and not isinstance(live, Present)
    touched = {field.field for field in one.change.fields}
    same = all(live.settings.get(name) == one.before.settings.get(name) for name in touched - live.write_only)
    return same and live.archived == one.before.archived and live.mark == one.before.mark


def _same_mark(one: Intent, live: Live) -> bool:
    before = one.before
    return isinstance(before, Present) and isinstance(live, Present) and before.marker == live.marker is not None
