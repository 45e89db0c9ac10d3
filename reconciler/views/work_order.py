"""A work order: what a person types where, in the order of the pages. Secrets are shown as references only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, zip_longest

from reconciler.model.attestation import Line, WorkOrder
from reconciler.model.secret import SecretRef
from reconciler.views import settings
from reconciler.views.paper import Paper

SCRIPTS = "reconciler apply --offline DIR"


def lines(order: WorkOrder, paper: Paper, indent: str) -> Iterator[str]:
    """For a terminal; the last line is the next command."""
    at = f", {order.url}" if order.url else ""
    yield f"{indent}{paper.paint(f'to do by hand in {order.product}', 'bold')}{at}"
    for page, group in groupby(order.lines, key=lambda line: line.page):
        mine = list(group)
        yield f"{indent}  {page}"
        width = max(len(line.label) for line in mine)
        for line in mine:
            for label, said in zip_longest((line.label,), values(line), fillvalue=""):
                yield f"{indent}    {label:<{width}}   {said}"
    if order.then:
        yield f"{indent}  then: {order.then}"
    if order.files:
        yield f"{indent}by scripts, which {SCRIPTS} writes"
    yield f"{indent}when it is saved: {next_command(order)}"


def values(line: Line) -> tuple[str, ...]:
    """In as many lines as are to be typed. A secret is read from its store by whoever types it."""
    match line.value:
        case SecretRef():
            return (f"the secret {line.value}",)
        case None | ():
            return ("(clear it)",)
        case tuple():
            return tuple(settings.value(one) for one in line.value)
        case str() if line.value:
            return tuple(settings.value(one) if one else "" for one in line.value.split("\n"))
    return (settings.value(line.value),)


def next_command(order: WorkOrder) -> str:
    return f"reconciler attest {order.address}"
