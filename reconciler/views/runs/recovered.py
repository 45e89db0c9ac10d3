"""What was found of runs that were cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model import codec
from reconciler.model.runs.recovery import Fate, Recovered
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable

_WORDS = {
    Fate.TOOK_EFFECT: "took effect, and is remembered",
    Fate.NOT_WRITTEN: "was not written",
    Fate.HALF_WRITTEN: "is half written; the next plan shows the rest",
    Fate.TAKEN_BACK: "was half written, and is as before again",
    Fate.UNKNOWN: "may have been written",
}


def document(found: Sequence[Recovered]) -> codec.Json:
    return {
        "complete": all(one.error is None for one in found),
        "recovered": [{"address": one.address, "run": one.run, "fate": one.fate, "note": one.note} for one in found],
        "findings": [codec.finding(one.error) for one in found if one.error],
    }


def text(found: Sequence[Recovered], paper: Paper) -> Printable:
    if not found:
        return paper.finish(["No run was cut off."])
    failed = sum(one.error is not None for one in found)
    end = f"{plural(len(found), 'thing')} to settle, {failed} of them failed." if failed else "All is settled."
    return paper.finish([*(part for one in found for part in _lines(one, paper)), "", paper.paint(end, "bold")])


def line(one: Recovered, paper: Paper) -> Printable:
    return paper.finish(list(_lines(one, paper)))


def _lines(one: Recovered, paper: Paper) -> Iterator[str]:
    if one.error:
        yield f"{paper.paint('FAIL ', 'error')} {one.address}: run {one.run} was cut off here: {one.error.what}"
        if one.error.fix:
            yield f"      fix: {one.error.fix}"
        return
    if one.fate is Fate.CLEANED:
        yield f"{paper.paint('found', '!')} {one.address}: run {one.run} was cut off here: {one.note}"
        return
    told = f"{_WORDS[one.fate]}; {one.note}" if one.note else _WORDS[one.fate]
    yield f"{paper.paint('found', '!')} {one.address}: run {one.run} was cut off here: the change {told}"
