"""Results of the DNS checks. What a stranger publishes is cut and printable before it gets here or anywhere."""

from __future__ import annotations

from reconciler.model.handshake import CheckResult, CheckStatus

_LONGEST = 300


def passed(check: str, reason: str, *, evidence: str | None = None) -> CheckResult:
    return _result(check, CheckStatus.PASS, reason, evidence)


def warned(check: str, reason: str, *, evidence: str | None = None, advice: str) -> CheckResult:
    return _result(check, CheckStatus.WARN, reason, evidence, advice)


def noted(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    return _result(check, CheckStatus.INFO, reason, evidence, advice)


def skipped(check: str, reason: str) -> CheckResult:
    return _result(check, CheckStatus.SKIPPED, reason)


def unanswered(check: str, why: str, *, evidence: str | None = None) -> CheckResult:
    advice = "try again later, or name a server that answers in verify.resolver"
    return _result(check, CheckStatus.INCONCLUSIVE, f"no answer from DNS: {why}", evidence, advice)


def cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _result(
    check: str, status: CheckStatus, reason: str, evidence: str | None = None, advice: str | None = None
) -> CheckResult:
    return CheckResult(
        id=check,
        status=status,
        reason=cut(reason),
        evidence="\n".join(cut(line.expandtabs(1)) for line in evidence.splitlines()[:12]) if evidence else None,
        advice=advice,
    )
