"""Findings as GitHub's workflow commands: an annotation at the line of the pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.views import printable
from reconciler.views.findings import short
from reconciler.views.printable import Printable

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.RISK: "warning", Severity.NOTE: "notice"}


def text(findings: Sequence[Finding]) -> Printable:
    """A line for each that nobody has accepted; nothing where there is none."""
    return printable.joined(_annotation(one) for one in short(findings) if not one.accepted)


def _annotation(one: Finding) -> Printable:
    where = one.where
    place = {} if where is None else {"file": where.file, "line": str(where.line), "col": str(where.column)}
    told = [one.what, *(f"{word}: {said}" for word, said in (("why", one.why), ("fix", one.fix)) if said)]
    return printable.annotation(_LEVELS[one.severity], {**place, "title": one.rule}, told)
