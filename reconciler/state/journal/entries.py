"""The lines of the index: a run has begun, a run has ended. Short, so that ten thousand runs are read at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model.runs.journal import Json

_OF_BEGIN = ("run", "owner", "url", "commit", "plan", "rollback")
_OF_END = ("counts", "complete", "units")


def begun(name: str, record: Json) -> Json:
    return {"event": "begin", "journal": name, **_some(record, _OF_BEGIN)}


def ended(name: str, record: Json, head: str) -> Json:
    return {"event": "end", "journal": name, "head": head, **_some(record, _OF_END)}


def cut_off(name: str, by: str, head: str) -> Json:
    """Instead of `ended`, for a run that could not: `by` is the journal of who found it."""
    return {"event": "cut off", "journal": name, "head": head, "by": by}


def heads(index: Iterable[Json]) -> Mapping[str, str | None]:
    """Of each journal, the digest of its last line; None while nobody has ended it."""
    found: dict[str, str | None] = {}
    for line in index:
        if name := line.get("journal"):
            found[name] = line.get("head") or found.get(name)
    return found


def _some(record: Json, keys: Iterable[str]) -> Json:
    return {key: record[key] for key in keys if record.get(key) is not None}
