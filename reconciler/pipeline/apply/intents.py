"""What the journal says of the changes of a run: as records, and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.model import codec
from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.journal import Json
from reconciler.model.outcome import Outcome
from reconciler.model.settings import Absent, Applied, Live, Present, Reading
from reconciler.pipeline.apply import restore
from reconciler.state import applied

INTENT, RESULT = "intent", "result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A change that a run was about to write, with what was there before it; `journal` is of that run."""

    journal: str
    run: str
    at: str  # RFC 3339, UTC
    change: Change
    before: Live
    applied: Applied | None


def intent(unit: str, changes: Iterable[Change], before: Reading, known: Mapping[Resource, Applied]) -> Json:
    """The record of all changes of one target; references stand for secrets."""
    return {"event": INTENT, "unit": unit, "changes": [_change(one, before, known) for one in changes]}


def result(unit: str, outcomes: Iterable[Outcome], *, kept: bool) -> Json:
    """What became of them; `kept`: the state says so too."""
    return {"event": RESULT, "unit": unit, "kept": kept, "outcomes": [outcome(one) for one in outcomes]}


def outcome(one: Outcome) -> Json:
    proof = one.handshake and {
        "relay": one.handshake.relay,
        "host": one.handshake.host,
        "port": one.handshake.port,
        "level": one.handshake.level,
        "status": one.handshake.status,
    }
    error = one.error and {"rule": one.error.rule, "what": one.error.what}
    found = {"fields": list(one.fields), "error": error, "proof": proof, "test": one.test and one.test.status}
    return {"address": str(one.address), "status": one.status, **{key: some for key, some in found.items() if some}}


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


def _change(one: Change, before: Reading, known: Mapping[Resource, Applied]) -> Json:
    bare = replace(one, findings=(), risks=(), fields=tuple(replace(field, origin=None) for field in one.fields))
    last = known.get(one.moved_from.resource if one.moved_from else one.address.resource)
    return {
        "change": codec.change(bare),
        "before": _live(restore.previous_settings(one, before)),
        "applied": applied.document(one.installation, [last]) if last else None,
    }


def _live(live: Live) -> Json | None:
    if not isinstance(live, Present):
        return None
    return {
        "settings": {field: codec.value(value) for field, value in live.settings.items()},
        "write_only": sorted(live.write_only),
        "marker": live.marker,
        "id": live.id,
        "mark": live.mark,
        "archived": live.archived,
    }


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
