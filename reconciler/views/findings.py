"""Findings as text that an editor and CI can click."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.finding import Finding, Severity

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.RISK: "35", Severity.NOTE: "36"}
_COUNTED = (Severity.ERROR, Severity.WARNING, Severity.RISK, Severity.NOTE)


def text(findings: Sequence[Finding], *, files: int, color: bool) -> str:
    """`files` is how many were looked at. The last line is the summary."""
    return "\n".join([*lines(findings, color=color), _summary(findings, files)])


def lines(findings: Sequence[Finding], *, color: bool) -> list[str]:
    """Without the summary: for talk beside a result."""
    return [line for finding in findings for line in _lines(finding, color)]


def _lines(finding: Finding, color: bool) -> list[str]:
    severity = str(finding.severity)
    if color:
        severity = f"\033[1;{_COLOURS[finding.severity]}m{severity}\033[0m"
    place = "" if finding.where is None else f"{_clean(str(finding.where))}: "
    lines = [f"{place}{severity}: {_clean(finding.what)}"]
    lines += [f"    {word}: {_clean(said)}" for word, said in (("why", finding.why), ("fix", finding.fix)) if said]
    return lines


def _clean(said: str) -> str:
    """Text from a file must not move the cursor, hide a line or speak to CI in a line of its own."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in said)


def _summary(findings: Sequence[Finding], files: int) -> str:
    if not findings:
        return f"{_count(files, 'file')} {'is' if files == 1 else 'are'} valid"
    found = {finding.where.file for finding in findings if finding.where is not None}
    counts = [(severity, sum(finding.severity is severity for finding in findings)) for severity in _COUNTED]
    said = ", ".join(_count(number, str(severity)) for severity, number in counts if number)
    return f"{said} in {len(found)} of {_count(max(files, len(found)), 'file')}" if found else said


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
