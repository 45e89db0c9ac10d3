"""Of two results of one check, what is told."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.handshake import CheckResult, CheckStatus

_WORST_FIRST = (
    CheckStatus.FAIL,
    CheckStatus.INCONCLUSIVE,
    CheckStatus.WARN,
    CheckStatus.SKIPPED,
    CheckStatus.INFO,
    CheckStatus.PASS,
)


def of_both(one: CheckResult | None, other: CheckResult) -> CheckResult:
    """The worse; of two that are equally good or bad, both reasons."""
    if one is None or one == other:
        return other
    if one.status is other.status:
        reasons = dict.fromkeys((*one.reason.split("; "), *other.reason.split("; ")))
        return replace(one, reason="; ".join(reasons))
    return min(one, other, key=lambda result: _WORST_FIRST.index(result.status))
