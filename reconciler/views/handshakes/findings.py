"""What is told of a handshake below its line: findings, the worst first, and in a word what another relay had too."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake

_SEVERE = (CheckStatus.FAIL, CheckStatus.INCONCLUSIVE)
_WORST_FIRST = (*_SEVERE, CheckStatus.WARN, CheckStatus.INFO, CheckStatus.SKIPPED)
_MARKS = {CheckStatus.INCONCLUSIVE: "inconclusive: ", CheckStatus.WARN: "warning: "}
_SAFE = "SMTP301"  # as information, it says that no credential left
# what a level proves; skipped only behind a lowered check that has ended the session
_PROOFS = ("SMTP103", "SMTP203", "SMTP302", "SMTP400", "SMTP500")
_BETWEEN = " · "
Told = dict[tuple[CheckResult, str | None], str]


def lines(found: Handshake, told: Told, *, name: str, width: int) -> Iterator[str]:
    """`told` has who was told each finding first, and gets what is told here; `name` is this relay's."""
    safe = next((check.told for check in found.checks if (check.id, check.status) == (_SAFE, CheckStatus.INFO)), None)
    findings = [(check, safe if at == 0 and _severe(check) else None) for at, check in enumerate(_findings(found))]
    for before, group in groupby(findings, told.get):
        if before is not None:
            ids = ", ".join(check.id for check, _ in group)
            yield from wrapped(f"{ids} as for {before}", width, indent=8)
            continue
        for check, sure in group:
            told[check, sure] = name
            yield from _whole(check, sure, found, width)


def wrapped(value: str, width: int, *, indent: int, label: str | None = None) -> list[str]:
    first = label if label is not None else " " * indent
    return textwrap.wrap(value, width, initial_indent=first, subsequent_indent=" " * indent, break_on_hyphens=False)


def _findings(found: Handshake) -> list[CheckResult]:
    shown = [check for check in found.checks if check.status in (*_SEVERE, CheckStatus.WARN) or _lowered(check)]
    return sorted(shown, key=lambda check: _WORST_FIRST.index(check.status))


def _lowered(check: CheckResult) -> bool:
    """Lowered is not silent, and what was not tried must not look proven."""
    if check.status is CheckStatus.SKIPPED:
        return check.id in _PROOFS
    return check.usual is not None


def _severe(check: CheckResult) -> bool:
    return check.status in _SEVERE or check.usual in _SEVERE


def _whole(check: CheckResult, safe: str | None, found: Handshake, width: int) -> Iterator[str]:
    """Of a warning without its evidence: reason and advice say it."""
    mark = "" if check.status.value == found.status.value else _MARKS.get(check.status, "")
    yield from wrapped(f"{check.id} {mark}{check.told}", width, indent=8)
    evidence = _BETWEEN.join((check.evidence or "").splitlines()) if _severe(check) else None
    for label, value in {"evidence": evidence, "safe": safe, "advice": check.advice}.items():
        if value:
            yield from wrapped(value, width, indent=20, label=f"{'':10}{label:<10}")
