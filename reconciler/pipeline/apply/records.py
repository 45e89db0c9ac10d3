"""What the journal of an apply says of its changes: what is begun, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model import codec
from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.outcome import Outcome
from reconciler.model.runs.journal import Json
from reconciler.model.settings import Applied, Live, Present, Reading
from reconciler.pipeline.unfinished.intents import INTENT, RESULT
from reconciler.pipeline.write import restore
from reconciler.state import applied


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


def _change(one: Change, before: Reading, known: Mapping[Resource, Applied]) -> Json:
    last = known.get(one.moved_from.resource if one.moved_from else one.address.resource)
    return {
        "change": {**codec.change(one, places=False), "risks": [], "findings": []},
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
