"""Findings as text that an editor and CI can click."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from reconciler.model import codec
from reconciler.model.finding import Finding, Severity
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable

MOST = 50  # findings of one file that are shown
ALIKE = 10  # and of one mistake in more files than that
_NAMED = 3
_COUNTED = (Severity.ERROR, Severity.WARNING, Severity.RISK, Severity.NOTE)


def text(findings: Sequence[Finding], paper: Paper, *, files: int) -> Printable:
    """`files` is how many were looked at. The last line is the summary."""
    return paper.finish([*lines(findings, paper), _summary(findings, files)])


def document(findings: Sequence[Finding], *, files: int, valid: bool) -> codec.Json:
    return {"valid": valid, "files": files, "findings": [codec.finding(finding) for finding in short(findings)]}


def lines(findings: Sequence[Finding], paper: Paper) -> list[str]:
    """Without the summary: for talk beside a result. The same mistake in many places is shown in the first of them."""
    shown = short(findings)
    if len(shown) <= ALIKE:
        return [line for finding in shown for line in _lines(finding, paper)]
    alike: dict[Hashable, list[Finding]] = {}
    for finding in shown:
        alike.setdefault(_mistake(finding), []).append(finding)
    many = [several for several in alike.values() if len({_file(one) for one in several}) > ALIKE]
    left_out = {id(finding) for several in many for finding in several[ALIKE:]}
    lines = [line for finding in shown if id(finding) not in left_out for line in _lines(finding, paper)]
    return lines + [_others(several[ALIKE:], paper) for several in many]


def _mistake(finding: Finding) -> Hashable:
    """What one mistake in several places has in common: how to correct it."""
    return finding.severity, finding.rule, finding.fix, finding.accepted


def _file(finding: Finding) -> str:
    return finding.where.file if finding.where else finding.address or ""


def _others(left: Sequence[Finding], paper: Paper) -> str:
    places = list(dict.fromkeys(map(_file, left)))
    names, more = ", ".join(places[:_NAMED]), len(places) - _NAMED
    severity = str(left[0].severity)
    article = "an" if left[0].severity is Severity.ERROR else "a"
    told = f"{len(left)} more like these ({left[0].rule}), in {names}{f' and {more} more files' if more > 0 else ''}"
    return f"{paper.paint(severity, f'{article} {severity}')}: {told}"


def short(findings: Sequence[Finding]) -> list[Finding]:
    """At most `MOST` of a file, then their count: a file of one kind of mistake would fill the log."""
    seen: Counter[str] = Counter()
    shown: list[Finding] = []
    for finding in findings:
        file = finding.where.file if finding.where else ""
        seen[file] += 1
        if not file or seen[file] <= MOST:
            shown.append(finding)
    return shown + [_more(file, count - MOST, findings) for file, count in seen.items() if file and count > MOST]


def _more(file: str, left: int, findings: Sequence[Finding]) -> Finding:
    there = [finding for finding in findings if finding.where and finding.where.file == file][MOST:]
    worst = min((finding.severity for finding in there), key=_COUNTED.index)
    return Finding(severity=worst, rule="more", what=f"{file}: {left} more, not shown; fix these first")


def _lines(finding: Finding, paper: Paper) -> list[str]:
    severity = str(finding.severity)
    article = "an" if finding.severity is Severity.ERROR else "a"
    place = "" if finding.where is None else f"{finding.where}: "
    if finding.accepted:
        until = f"accepted until {finding.accepted.until}: {finding.accepted.reason}"
        return [f"{place}{severity}, {until}: {finding.what}"]
    lines = [f"{place}{paper.paint(severity, f'{article} {severity}')}: {finding.what}"]
    lines += [f"    {word}: {said}" for word, said in (("why", finding.why), ("fix", finding.fix)) if said]
    return lines


def _summary(findings: Sequence[Finding], files: int) -> str:
    if not findings:
        return f"{plural(files, 'file')} {'is' if files == 1 else 'are'} valid"
    found = {finding.where.file for finding in findings if finding.where is not None}
    new = [finding for finding in findings if not finding.accepted]
    counts = [(str(severity), sum(finding.severity is severity for finding in new)) for severity in _COUNTED]
    counts.append(("accepted warning", len(findings) - len(new)))
    said = ", ".join(plural(number, word) for word, number in counts if number)
    return f"{said} in {len(found)} of {plural(max(files, len(found)), 'file')}" if found else said
