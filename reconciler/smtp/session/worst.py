"""Of several results of one check, what is told."""

from __future__ import annotations

from collections.abc import Sequence
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


def of_all(results: Sequence[CheckResult]) -> CheckResult:
    """The worst; of those that are equally bad the first, with all their reasons."""
    if len(results) == 1:
        return results[0]
    status = min((one.status for one in results), key=_WORST_FIRST.index)
    worst = [one for one in results if one.status is status]
    return replace(worst[0], reason="; ".join(dict.fromkeys(one.reason for one in worst)))
