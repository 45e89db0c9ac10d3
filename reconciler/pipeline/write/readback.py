"""Whether a platform shows what was written to it, told from what is read back."""

from __future__ import annotations

import time

from reconciler.model.change import Action, Change
from reconciler.model.ports import Writer
from reconciler.model.settings import Present, Reading
from reconciler.pipeline.unfinished import effect


def shown(writer: Writer, change: Change, patience: float) -> Reading:
    """Reads until the platform shows what was written and uses it, or `patience` (seconds) is over."""
    deadline = time.monotonic() + patience
    pause = 0.1
    while True:
        reading = writer.read()
        if (
            not (effect.differences(change, reading) or _awaited(change, reading))
            or time.monotonic() + pause > deadline
        ):
            return reading
        time.sleep(pause)
        pause = min(pause * 2, 1.0)


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
