"""Runs, what they did at an address, and whether the journal is as it was written."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import codec
from reconciler.model.runs.history import History, Run, Step
from reconciler.model.runs.journal import Fault
from reconciler.views import settings
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable

_SHORT = 12  # characters of a commit or a digest that people read


def document(found: History) -> codec.Json:
    faults = None if found.verified is None else [_fault(one) for one in found.verified]
    return {
        "complete": not found.verified,
        "runs": [_run(one) for one in found.runs],
        "steps": [
            {
                "journal": one.run.journal,
                "address": one.address,
                "action": one.action,
                "fields": [codec.field_change(field) for field in one.fields],
                "status": one.status,
                "error": one.error,
                "proof": one.proof,
                "word": one.word,
            }
            for one in found.steps
        ],
        "faults": faults,
    }


def text(found: History, paper: Paper) -> Printable:
    lines = [line for one in found.runs for line in _lines(one, found, paper)]
    if found.verified is not None:
        lines += _verified(found.verified, paper)
    elif not found.runs:
        lines.append("No run is in the journal.")
    return paper.finish(lines)


def _lines(one: Run, found: History, paper: Paper) -> Iterator[str]:
    commit = f", commit {one.commit[:_SHORT]}" if one.commit else ""
    plan = f", plan {one.plan[:_SHORT]}" if one.plan else ""
    back = f", takes back {one.rollback}" if one.rollback else ""
    yield f"{one.at[:19].replace('T', ' ')}  {paper.paint(one.run, 'bold')}  {ending(one)}"
    yield f"    {one.owner}{commit}{plan}{back}; journal {one.journal}"
    for step in (step for step in found.steps if step.run.journal == one.journal):
        yield from _step(step)


def ending(one: Run) -> str:
    if one.cut_off:
        return f"was cut off; {one.settled}" if one.settled else "was cut off"
    if one.ended is None:
        return "has not ended"
    told = ", ".join(f"{count} {status}" for status, count in one.counts.items())
    return (told or "nothing was written") + ("" if one.complete else " (incomplete)")


def _step(step: Step) -> Iterator[str]:
    yield f"    {step.address}  {step.status or 'nobody knows what became of it'}"
    for field in step.fields:
        yield f"        {field.field}: {settings.planned(field, new=step.action == 'create')}"
    if step.word:
        yield f"        on the word of {step.word}"
    if step.proof:
        yield f"        proof: {step.proof}"
    if step.error:
        yield f"        error: {step.error}"


def _verified(faults: tuple[Fault, ...], paper: Paper) -> Iterator[str]:
    for one in faults:
        where = f"journal {one.journal}" if one.journal else "the index"
        yield f"{paper.paint('FAIL', 'error')} {where}, line {one.line}: {one.what}"
    yield (
        f"{plural(len(faults), 'line')} changed, missing or added." if faults else "Every line fits the one before it."
    )


def _run(one: Run) -> codec.Json:
    found = {
        name: getattr(one, name) for name in ("journal", "run", "owner", "at", "url", "commit", "plan", "rollback")
    }
    ended = {name: getattr(one, name) for name in ("ended", "cut_off", "settled", "complete")}
    return {**found, **ended, "counts": dict(one.counts)}


def _fault(one: Fault) -> codec.Json:
    return {"journal": one.journal or None, "line": one.line, "what": one.what}
