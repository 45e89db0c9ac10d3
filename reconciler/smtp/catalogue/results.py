"""Results of the catalogue's checks, and what each of them means for the session."""

from __future__ import annotations

from functools import lru_cache

from reconciler.model.handshake import CheckResult, CheckSeverity, CheckStatus
from reconciler.smtp.catalogue.checks import CATALOGUE

__all__ = [
    "CATALOGUE",
    "DISTRUST",
    "ENDING",
    "failed",
    "inconclusive",
    "informed",
    "passed",
    "silent",
    "skipped",
    "unanswered",
    "warned",
]

# Where silence or a lost connection proves nothing: the id and status to report instead of a failure. A busy login
# server must never look like a wrong password.
UNANSWERED = {"SMTP302": "SMTP303", "SMTP400": "SMTP400", "SMTP401": "SMTP401", "SMTP500": "SMTP500"}

# After these not even QUIT is sent: the other end, or the path to it, is not what it should be.
DISTRUST = frozenset({"SMTP104", "SMTP202", "SMTP203", "SMTP204", "SMTP205", "SMTP207", "SMTP208", "SMTP210"})

ENDING = frozenset({CheckStatus.FAIL, CheckStatus.INCONCLUSIVE})  # after such a result a session goes no further

_STATUS = {
    CheckSeverity.FAIL: CheckStatus.FAIL,
    CheckSeverity.WARN: CheckStatus.WARN,
    CheckSeverity.INFO: CheckStatus.INFO,
    CheckSeverity.OFF: CheckStatus.WARN,  # opt-in; `severity.judged` gives it what verify.checks says
}


@lru_cache(maxsize=1024)  # half of them say the same for each relay
def passed(check: str, reason: str, evidence: str | None = None) -> CheckResult:
    return CheckResult(id=check, status=CheckStatus.PASS, reason=reason, evidence=evidence)


def failed(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    """Fails as hard as the catalogue says."""
    row = CATALOGUE[check]
    return CheckResult(
        id=check, status=_STATUS[row.severity], reason=reason, evidence=evidence, advice=advice or row.advice
    )


def refused(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    """Fails and ends the session, whatever the catalogue says: there is nothing that could follow."""
    advice = advice or CATALOGUE[check].advice
    return CheckResult(id=check, status=CheckStatus.FAIL, reason=reason, evidence=evidence, advice=advice)


def warned(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    advice = advice or CATALOGUE[check].advice
    return CheckResult(id=check, status=CheckStatus.WARN, reason=reason, evidence=evidence, advice=advice)


def informed(check: str, reason: str, evidence: str | None = None) -> CheckResult:
    """Neither good nor bad."""
    return CheckResult(id=check, status=CheckStatus.INFO, reason=reason, evidence=evidence)


def skipped(check: str, reason: str, *, advice: str | None = None) -> CheckResult:
    return CheckResult(id=check, status=CheckStatus.SKIPPED, reason=reason, advice=advice)


def inconclusive(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    advice = advice or "try again later"
    return CheckResult(id=check, status=CheckStatus.INCONCLUSIVE, reason=reason, evidence=evidence, advice=advice)


def silent(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    """No answer in time, which says nothing of a setting; a host that takes no connection is another matter."""
    if check == "SMTP100":
        return failed(check, reason, evidence=evidence, advice=advice)
    told = advice or CATALOGUE[check].advice
    return inconclusive(UNANSWERED.get(check, check), reason, evidence=evidence, advice=told)


def unanswered(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    """A lost connection where the reply that decides `check` was due."""
    if check in UNANSWERED:
        return inconclusive(UNANSWERED[check], reason, evidence=evidence, advice=advice)
    return failed(check, reason, evidence=evidence, advice=advice)
