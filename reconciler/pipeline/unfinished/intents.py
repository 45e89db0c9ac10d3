"""What runs had begun, as their journals say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.errors import StateError
from reconciler.model import codec
from reconciler.model.ports import State
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.journal import Json
from reconciler.model.runs.lease import Held
from reconciler.model.settings import Absent, Live, Present
from reconciler.state import applied

INTENT, RESULT = "intent", "result"


def begun(state: State, runs: Iterable[Held]) -> tuple[Intent, ...]:
    """What these runs had begun, and nobody knows what became of. Raises StateError."""
    found: list[Intent] = []
    for held in runs:
        try:
            found += without_result(held.nonce, state.journal.records(held.nonce))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StateError(
                f"the journal of run {held.run} ({held.nonce}) cannot be read",
                why=f"{type(error).__name__}: {error}",
                fix=f"look at what it wrote; reconciler unlock {held.nonce} --reason … forgets it",
            ) from error
    return tuple(found)


def all_of(journal: str, records: Sequence[Json]) -> tuple[Intent, ...]:
    """Every intent of a run, in order. KeyError, TypeError or ValueError for what is no journal of ours."""
    run = next((str(one["run"]) for one in records if one["event"] == "begin"), "")
    return tuple(
        _intent(journal, run, one["at"], found) for one in records if one["event"] == INTENT for found in one["changes"]
    )


def without_result(journal: str, records: Sequence[Json]) -> tuple[Intent, ...]:
    """Those of which nobody knows what became of them."""
    told = {found["address"] for one in records if one["event"] == RESULT and one["kept"] for found in one["outcomes"]}
    return tuple(one for one in all_of(journal, records) if str(one.change.address) not in told)


def _intent(journal: str, run: str, at: str, found: Any) -> Intent:
    change = codec.change_from(found["change"])
    entries = applied.entries(found["applied"], journal) if found["applied"] else ()
    return Intent(
        journal=journal,
        run=run,
        at=at,
        change=change,
        before=_live_from(found["before"]),
        applied=next(iter(entries), None),
    )


def _live_from(found: Any) -> Live:
    if found is None:
        return Absent()
    settings = {field: codec.value_from(value) for field, value in found["settings"].items()}
    return Present(**{**found, "settings": settings, "write_only": frozenset(found["write_only"])})
