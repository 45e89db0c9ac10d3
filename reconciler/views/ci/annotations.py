"""Findings at their lines, as GitHub and Azure Pipelines show them beside the change."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.views import printable
from reconciler.views.findings import short
from reconciler.views.printable import Printable
from reconciler.views.reports import github

_MOST = 10  # of each level; GitHub drops what is beyond, and does not say so
_ORDER = {Severity.ERROR: 0, Severity.RISK: 1, Severity.WARNING: 2, Severity.NOTE: 3}


def for_github(findings: Sequence[Finding]) -> Printable:
    return github.text(_few(findings))


def for_azure(findings: Sequence[Finding]) -> Printable:
    """https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands: knows errors and warnings."""
    return printable.joined(_issue(one) for one in _few(findings) if one.severity is not Severity.NOTE)


def _few(findings: Sequence[Finding]) -> list[Finding]:
    """Errors first; where they are many, the last one says how many more there are."""
    found = sorted((one for one in short(findings) if not one.accepted), key=lambda one: _ORDER[one.severity])
    if len(found) <= _MOST:
        return found
    rest = found[_MOST - 1 :]
    what = f"and {len(rest)} more: see the output of the job"
    return [*found[: _MOST - 1], Finding(severity=rest[0].severity, rule="more", what=what)]


def _issue(one: Finding) -> Printable:
    level = "error" if one.severity is Severity.ERROR else "warning"
    where = one.where
    place = (
        {"sourcepath": where.file, "linenumber": str(where.line), "columnnumber": str(where.column)} if where else {}
    )
    told = [one.what, *(f"{word}: {said}" for word, said in (("why", one.why), ("fix", one.fix)) if said)]
    return printable.azure("task.logissue", {"type": level, **place, "code": one.rule}, "; ".join(told))
