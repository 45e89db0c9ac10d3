"""Whether a platform has what a change says, as far as it can be read."""

from __future__ import annotations

from reconciler.model.change import Action, Change
from reconciler.model.settings import Present, Reading, Value, same


def differences(change: Change, reading: Reading) -> tuple[str, ...]:
    """What the platform does not show as it was written, a line each. Write-only fields cannot be compared."""
    live = reading.live(change.address.resource)
    if change.action is Action.ARCHIVE:
        others = (one.live for one in reading.strangers if (one.collection, one.id) == _named(change))
        found = live if isinstance(live, Present) else next(others, None)
        gone = found is None or found.archived
        return () if gone else ("it is still in use",)
    if not isinstance(live, Present):
        return ("it does not exist",)
    return tuple(
        f"{field.field} is {_words(live.settings.get(field.field))}, not {_words(field.after)}"
        for field in change.fields
        if not field.sensitive
        and field.field not in live.write_only
        and not same(live.settings.get(field.field), field.after)
    )


def _named(change: Change) -> tuple[str, int | str | None]:
    return change.address.resource.collection, change.id


def _words(value: Value) -> str:
    return "not set" if value is None else str(value)
