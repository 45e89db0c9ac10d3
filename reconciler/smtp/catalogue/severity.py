"""What a finding counts as in this environment. Nothing is hidden: a changed severity is said in the result."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.handshake import CheckResult, CheckSeverity, CheckStatus, Relay
from reconciler.smtp.catalogue.checks import CATALOGUE

_AS_STATUS = {
    CheckSeverity.INFO: CheckStatus.INFO,
    CheckSeverity.WARN: CheckStatus.WARN,
    CheckSeverity.FAIL: CheckStatus.FAIL,
}
_RANK = {CheckStatus.INFO: 1, CheckStatus.WARN: 2, CheckStatus.FAIL: 3, CheckStatus.INCONCLUSIVE: 3}


def enabled(relay: Relay) -> frozenset[str]:
    """The opt-in checks that this relay's environment asks for."""
    return frozenset(
        check for check, _ in relay.severities if check in CATALOGUE and CATALOGUE[check].severity is CheckSeverity.OFF
    )


def judged(result: CheckResult, relay: Relay) -> CheckResult:
    """The result as `verify.checks` wants it counted. What the session did about it is done: no severity undoes it."""
    wanted = dict(relay.severities).get(result.id) if relay.severities else None
    if wanted is None or not _is_finding(result):
        return result
    usual, severity = CATALOGUE[result.id].severity, CheckSeverity(wanted)
    status = _AS_STATUS[severity]
    if usual is CheckSeverity.OFF:
        return result if result.status is CheckStatus.INCONCLUSIVE else replace(result, status=status)
    lowered = _RANK[result.status] > _RANK[status]
    raised = _RANK[result.status] < _RANK[status] and severity.rank > usual.rank
    return replace(result, status=status, usual=result.status) if lowered or raised else result


def unjudged(result: CheckResult) -> CheckResult:
    """As it was before `judged`, for a relay of another environment to judge."""
    return result if result.usual is None else replace(result, status=result.usual, usual=None)


def lowered(result: CheckResult, relay: Relay) -> bool:
    """Whether a check ended the session, and counts as less than that."""
    return judged(result, relay).status not in (CheckStatus.FAIL, CheckStatus.INCONCLUSIVE)


def _is_finding(result: CheckResult) -> bool:
    """Information is a finding only of a check that has nothing harder to say."""
    if result.status is CheckStatus.INFO:
        return CATALOGUE[result.id].severity is CheckSeverity.INFO
    return result.status in _RANK
