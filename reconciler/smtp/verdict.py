"""From what a session found to the Handshake of one relay: only what its level asks for counts."""

from __future__ import annotations

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Relay, Status
from reconciler.smtp.checks import CATALOGUE
from reconciler.smtp.log import Log

_WORST_FIRST = (
    (CheckStatus.FAIL, Status.FAIL),
    (CheckStatus.INCONCLUSIVE, Status.INCONCLUSIVE),
    (CheckStatus.WARN, Status.WARN),
)
_BAD = (CheckStatus.FAIL, CheckStatus.INCONCLUSIVE)


def verdict(relay: Relay, log: Log, envelope: Log | None = None) -> Handshake:
    """`envelope` is the log of this relay's own MAIL and RCPT, in a session that others may share."""
    logs = (log,) if envelope is None else (log, envelope)
    checks = {
        result.id: result
        for part in logs
        for result in part.checks.values()
        if CATALOGUE[result.id].level.rank <= relay.level.rank
    }
    if (stopped := _stopped_before_auth(checks)) and "SMTP301" not in checks:
        checks["SMTP301"] = CheckResult(id="SMTP301", status=CheckStatus.INFO, reason=_safe(log, stopped))
    return Handshake(
        relay=relay.name,
        host=relay.host,
        port=relay.port,
        level=relay.level,
        status=status(tuple(checks.values())),
        steps=tuple(step for part in logs for level, step in part.steps if level.rank <= relay.level.rank),
        checks=tuple(checks.values()),
        summary=_summary(relay, logs),
        via=relay.via,
        certificate_expires=log.certificate_expires if relay.level.rank >= Level.TLS.rank else None,
    )


def _summary(relay: Relay, logs: tuple[Log, ...]) -> str:
    proven = [text for part in logs for level, text in part.proven if level.rank <= relay.level.rank]
    connected = any(check.status is CheckStatus.PASS for part in logs for check in part.checks.values())
    if not proven and connected:
        proven = ["connected"]
    return ", ".join([*proven, f"via {relay.via}"] if relay.via else proven)


def status(checks: tuple[CheckResult, ...]) -> Status:
    found = {check.status for check in checks}
    return next((verdict for check, verdict in _WORST_FIRST if check in found), Status.PASS)


def _stopped_before_auth(checks: dict[str, CheckResult]) -> CheckResult | None:
    return next(
        (
            check
            for check in checks.values()
            if check.status in _BAD and (check.id == "SMTP300" or CATALOGUE[check.id].level.rank <= Level.TLS.rank)
        ),
        None,
    )


def _safe(log: Log, stopped: CheckResult) -> str:
    if log.last is None:
        return "nothing was sent; no credential left here"
    nothing = "nothing but QUIT" if log.polite else "nothing"
    return f"{nothing} was sent after {log.last}; no credential left here"
