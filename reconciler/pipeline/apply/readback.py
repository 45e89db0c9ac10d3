"""Whether a platform shows what was written to it, told from what is read back."""

from __future__ import annotations

import time

from reconciler.model.change import Action, Change
from reconciler.model.ports import Writer
from reconciler.model.settings import Present, Reading, Value
from reconciler.pipeline.plan import rotation


def shown(writer: Writer, change: Change, patience: float) -> Reading:
    """Reads until the platform shows what was written and uses it, or `patience` (seconds) is over."""
    deadline = time.monotonic() + patience
    pause = 0.1
    while True:
        reading = writer.read()
        if not (differences(change, reading) or _awaited(change, reading)) or time.monotonic() + pause > deadline:
            return reading
        time.sleep(pause)
        pause = min(pause * 2, 1.0)


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
        and not rotation.same(live.settings.get(field.field), field.after)
    )


def _named(change: Change) -> tuple[str, int | str | None]:
    return change.address.resource.collection, change.id


def pending(change: Change, reading: Reading) -> tuple[str, ...]:
    """Written settings that the platform has taken and does not use yet."""
    live = reading.live(change.address.resource)
    if change.action is Action.ARCHIVE or not isinstance(live, Present):
        return ()
    return tuple(field.field for field in change.fields if field.field in (live.pending or ()))


def by_hand(change: Change, reading: Reading) -> str | None:
    """What a person does to bring those into use; None where it comes by itself."""
    live = reading.live(change.address.resource)
    return live.pending_by_hand if isinstance(live, Present) else None


def _awaited(change: Change, reading: Reading) -> bool:
    return bool(pending(change, reading)) and not by_hand(change, reading)


def _words(value: Value) -> str:
    return "not set" if value is None else str(value)
