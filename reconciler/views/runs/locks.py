"""Who holds which installations, and which runs were cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from reconciler.model import codec
from reconciler.model.runs.lease import Lock
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable

_SHOWN = 5  # installations of a lock


def document(found: Sequence[Lock]) -> codec.Json:
    return {"locks": [{**asdict(one.held), "alive": one.alive} for one in found]}


def text(found: Sequence[Lock], paper: Paper) -> Printable:
    lines = [line for one in found for line in _lines(one, paper)]
    return paper.finish(lines or ["Nobody holds a lock."])


def unlocked(found: Lock, paper: Paper) -> Printable:
    if found.alive:
        told = "its run writes nothing more, and others may begin in 40 s"
    else:
        told = "its run had been cut off, and what it left is not looked at any more"
    return paper.finish([f"{found.held.nonce} is unlocked: {told}."])


def unlocked_document(found: Lock) -> codec.Json:
    return document([found])


def _lines(one: Lock, paper: Paper) -> Iterator[str]:
    held = one.held
    state = "held" if one.alive else "cut off"
    yield f"{paper.paint(held.nonce, 'bold')}  {state}  by {held.owner}, run {held.run or '-'}, since {held.since}"
    if held.expires and one.alive:
        yield f"    until {held.expires}, unless it is renewed"
    if held.lost:
        yield f"    lost: {held.lost}"
    names, more = list(held.installations[:_SHOWN]), len(held.installations) - _SHOWN
    told = ", ".join([*names, f"{more} more"] if more > 0 else names)
    yield f"    {plural(len(held.installations), 'installation')}: {told}"
    if not one.alive:
        yield "    reconciler recover settles what it left"
