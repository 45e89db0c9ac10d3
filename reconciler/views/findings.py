"""Findings as text that an editor and CI can click."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model import codec
from reconciler.model.finding import Finding, Severity
from reconciler.views.paper import plural, visible

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.RISK: "35", Severity.NOTE: "36"}
_COUNTED = (Severity.ERROR, Severity.WARNING, Severity.RISK, Severity.NOTE)


def text(findings: Sequence[Finding], *, files: int, color: bool) -> str:
    """`files` is how many were looked at. The last line is the summary."""
    return "\n".join([*lines(findings, color=color), _summary(findings, files)])


def document(findings: Sequence[Finding], *, files: int, valid: bool) -> codec.Json:
    return {"valid": valid, "files": files, "findings": [codec.finding(finding) for finding in findings]}


def lines(findings: Sequence[Finding], *, color: bool) -> list[str]:
    """Without the summary: for talk beside a result."""
    return [line for finding in findings for line in _lines(finding, color)]


def _lines(finding: Finding, color: bool) -> list[str]:
    severity = str(finding.severity)
    if color:
        severity = f"\033[1;{_COLOURS[finding.severity]}m{severity}\033[0m"
    place = "" if finding.where is None else f"{visible(str(finding.where))}: "
    lines = [f"{place}{severity}: {visible(finding.what)}"]
    lines += [f"    {word}: {visible(said)}" for word, said in (("why", finding.why), ("fix", finding.fix)) if said]
    return lines


def _summary(findings: Sequence[Finding], files: int) -> str:
    if not findings:
        return f"{plural(files, 'file')} {'is' if files == 1 else 'are'} valid"
    found = {finding.where.file for finding in findings if finding.where is not None}
    counts = [(severity, sum(finding.severity is severity for finding in findings)) for severity in _COUNTED]
    said = ", ".join(plural(number, str(severity)) for severity, number in counts if number)
    return f"{said} in {len(found)} of {plural(max(files, len(found)), 'file')}" if found else said
