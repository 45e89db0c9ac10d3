"""An apply as Markdown, for a ticket or the summary of a CI job; a work order in it is a table to tick off."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from reconciler.model.attestation import WorkOrder
from reconciler.model.finding import Finding
from reconciler.model.outcome import Outcome
from reconciler.views import apply as view
from reconciler.views import work_order
from reconciler.views.markdown import code, fenced, prose, table
from reconciler.views.paper import Paper


def text(outcomes: Sequence[Outcome], *, seconds: float, problem: Finding | None) -> str:
    """`seconds` is how long the whole took; `problem` is what broke the run off, when something did."""
    parts = [[f"**{prose(view.summary(outcomes, seconds, Paper()).strip())}**"]]
    parts += [[f"- **error**: {prose(problem.what)}"]] if problem else []
    if outcomes:
        parts.append(table(("resource", "outcome", ""), [_row(one) for one in outcomes]))
    parts += [_order(one.order) for one in outcomes if one.order]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _row(one: Outcome) -> Sequence[str]:
    said = [one.error.what] if one.error else list(one.notes)
    return code(str(one.address)), prose(one.status), " ".join(map(prose, said))


def _order(order: WorkOrder) -> list[str]:
    lines = [f"### By hand in {prose(order.product)}: {code(str(order.address))}", ""]
    lines += [f"At {code(order.url)}", ""] if order.url else []
    for page, group in groupby(order.lines, key=lambda line: line.page):
        rows = [(code(line.label), "<br>".join(code(one) for one in work_order.values(line))) for line in group]
        lines += [prose(page), "", *table(("label", "value"), rows), ""]
    if order.files:
        lines += [f"By scripts, which {code(work_order.SCRIPTS)} writes.", ""]
    lines += [f"Then: {prose(order.then)}", ""] if order.then else []
    return [*lines, "When it is saved:", "", *fenced(work_order.next_command(order))]
