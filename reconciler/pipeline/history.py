"""Who applied what, when, on whose word, and what proved it: read from the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.model import codec
from reconciler.model.change import Change
from reconciler.model.ports import State
from reconciler.model.runs.history import History, Run, Step
from reconciler.model.runs.journal import Json
from reconciler.pipeline import selection
from reconciler.pipeline.apply import attested
from reconciler.pipeline.unfinished import intents


def history(state: State, select: Sequence[str], *, limit: int, verify: bool) -> History:
    """The last `limit` runs, or those that were about what is selected; 0 is no limit. Raises StateError."""
    index = state.journal.index()
    units = {str(line["journal"]): line.get("units", ()) for line in index if line.get("event") == "end"}
    found = runs(index)
    chosen = [one for one in found if not select or _about(units.get(one.journal), select)]
    chosen = chosen[-limit:] if limit else chosen
    steps = tuple(step for one in chosen for step in _steps(one, state, select)) if select else ()
    return History(runs=tuple(chosen), steps=steps, verified=tuple(state.journal.faults()) if verify else None)


def runs(index: Sequence[Json]) -> tuple[Run, ...]:
    """The oldest first."""
    ends: dict[str, Json] = {str(line.get("journal")): line for line in index if line.get("event") != "begin"}
    return tuple(_run(line, ends.get(str(line.get("journal")), {})) for line in index if line.get("event") == "begin")


def _run(begun: Json, ended: Json) -> Run:
    return Run(
        journal=str(begun.get("journal")),
        run=str(begun.get("run", "")),
        owner=str(begun.get("owner", "")),
        at=str(begun.get("at", "")),
        url=begun.get("url"),
        commit=begun.get("commit"),
        plan=begun.get("plan"),
        rollback=begun.get("rollback"),
        ended=ended.get("at"),
        cut_off=ended.get("event") == "cut off",
        settled=_settled(ended.get("by")),
        complete=ended.get("complete") is True,
        counts=ended.get("counts") or {},
    )


def _settled(by: str | None) -> str | None:
    """`by` is the journal of the run that did it, or who unlocked it and why."""
    return by if by is None or by.startswith("unlocked by") else f"settled by {by}"


def _about(units: Sequence[str] | None, select: Sequence[str]) -> bool:
    """One that has no end may have been about anything."""
    return units is None or any(selection.concerns(unit, select) for unit in units)


def _steps(run: Run, state: State, select: Sequence[str]) -> Iterator[Step]:
    records = state.journal.records(run.journal)
    results = {
        str(found["address"]): found for one in records for found in (*one.get("outcomes", ()), *one.get("others", ()))
    }
    begun = {str(one.address): one for one in _changes(run.journal, records)}
    for address in (*begun, *(one for one in results if one not in begun)):
        if not selection.matches(address, select):
            continue
        change, told = begun.get(address), results.get(address, {})
        yield Step(
            run=run,
            address=address,
            action=str(change.action) if change else "",
            fields=change.fields if change else (),
            status=told.get("status"),
            error=(told.get("error") or {}).get("what"),
            proof=_proof(told.get("proof"), told.get("test")),
            word=(told.get("word") or {}).get("by"),
        )


def _changes(journal: str, records: Sequence[Json]) -> Iterator[Change]:
    """What the run was about to write, or somebody to attest."""
    yield from (one.change for one in intents.all_of(journal, records))
    for record in (one for one in records if one["event"] == attested.SAID):
        yield from (codec.change_from(one["change"]) for one in record["changes"])


def _proof(handshake: Mapping[str, Any] | None, test: str | None) -> str | None:
    """`handshake auth pass with relay.example.com:587; own test pass`."""
    parts = [f"own test {test}"] if test else []
    if handshake:
        place = f"{handshake.get('host')}:{handshake.get('port')}"
        parts.insert(0, f"handshake {handshake.get('level')} {handshake.get('status')} with {place}")
    return "; ".join(parts) or None
