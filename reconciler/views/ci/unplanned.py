"""The comment of a pull request that could not be planned, in the place of a plan that no longer holds."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.views.findings import short
from reconciler.views.markdown import code, prose
from reconciler.views.paper import cut, plural
from reconciler.views.plans import header

_MOST, _LONG = 20, 300


def text(findings: Sequence[Finding]) -> str:
    """Says why. Well below the limit of every host."""
    errors = [one for one in short(findings) if one.severity is Severity.ERROR]
    lines = [f'{header.MARK}{{"v":1,"plan":"none"}} -->', "", f"**Not planned: {plural(len(errors), 'error')}.**", ""]
    lines += [_line(one) for one in errors[:_MOST]]
    more = len(errors) - _MOST
    return "\n".join([*lines, *([f"- and {more} more"] if more > 0 else [])]) + "\n"


def _line(one: Finding) -> str:
    place = code(f"{one.where.file}:{one.where.line}") if one.where else code(one.address) if one.address else ""
    fix = f"; fix: {prose(cut(one.fix, _LONG))}" if one.fix else ""
    return f"- {place}{': ' if place else ''}{prose(cut(one.what, _LONG))}{fix}"
