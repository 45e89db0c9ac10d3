"""A work order: what a person types where, in the order of the pages. Secrets are shown as references only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

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
            yield f"{indent}    {line.label:<{width}}   {value(line)}"
    if order.then:
        yield f"{indent}  then: {order.then}"
    if order.files:
        yield f"{indent}by scripts, which {SCRIPTS} writes"
    yield f"{indent}when it is saved: {next_command(order)}"


def value(line: Line) -> str:
    """A secret is read from its store by whoever types it."""
    if isinstance(line.value, SecretRef):
        return f"the secret {line.value}"
    return "(clear it)" if line.value is None else settings.value(line.value)


def next_command(order: WorkOrder) -> str:
    return f"reconciler attest {order.address}"
