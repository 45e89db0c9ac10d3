"""From what a session found to the Handshake of one relay: only what its level asks for counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from reconciler.model.handshake import (
    Auth,
    CheckResult,
    CheckSeverity,
    CheckStatus,
    Encryption,
    Handshake,
    Level,
    Relay,
    Status,
    Step,
)
from reconciler.smtp.catalogue import severity
from reconciler.smtp.catalogue.results import CATALOGUE, failed, passed, skipped
from reconciler.smtp.record.log import Log
from reconciler.smtp.session import as_client, worst

if TYPE_CHECKING:
    from reconciler.model.answers.prediction import Outcome

SLOW = 10_000.0  # ms
_WORST_FIRST = (
    (CheckStatus.FAIL, Status.FAIL),
    (CheckStatus.INCONCLUSIVE, Status.INCONCLUSIVE),
    (CheckStatus.WARN, Status.WARN),
)
_BEFORE_LOGIN = ("SMTP300", "SMTP304")  # of level auth, but nothing has been sent yet
# what each level proves first, and how it reads when it was not
_PROOFS = (
    (Level.CONNECT, "SMTP103", "EHLO was not tried"),
    (Level.TLS, "SMTP203", "TLS is not proven"),
    (Level.AUTH, "SMTP302", "no login was tried"),
    (Level.ENVELOPE, "SMTP400", "MAIL and RCPT were not tried"),
    (Level.MESSAGE, "SMTP500", "no message was sent"),
)
_USUAL = {
    level: frozenset(
        check
        for check, row in CATALOGUE.items()
        if row.level.rank <= level.rank and row.severity is not CheckSeverity.OFF
    )
    for level in Level
}


def verdict(relay: Relay, log: Log, envelopes: Sequence[Log] = ()) -> Handshake:
    """`envelopes` are the logs of this relay's own MAIL and RCPT, in a session that others may share."""
    logs = (log, *envelopes)
    counted = _counted(relay)
    checks = {check: result for check, result in log.checks.items() if check in counted}
    for check in dict.fromkeys(check for part in envelopes for check in part.checks if check in counted):
        checks[check] = worst.of_all([part.checks[check] for part in envelopes if check in part.checks])
    if relay.clients and ("SMTP300" in checks or (relay.auth is Auth.NONE and "SMTP400" in checks)):
        checks |= {result.id: result for result in as_client.results(relay, log, checks.get("SMTP300"))}
    foreseen = _foreseen(relay, log, envelopes)
    if foreseen and relay.clients:
        from reconciler.smtp.session import predicted

        checks |= {result.id: result for result in predicted.results(foreseen[: len(relay.clients)], checks)}
    took = dict(chain.from_iterable(part.took.items() for part in logs))
    if "SMTP301" not in checks and _stopped_before_auth(log.stopped):
        checks["SMTP301"] = CheckResult(id="SMTP301", status=CheckStatus.INFO, reason=_safe(log))
    steps = tuple(step for part in logs for level, step in part.steps if level.rank <= relay.level.rank)
    if steps:
        checks["SMTP900"] = _pace(steps)
    stopped = next((part.stopped for part in logs if part.stopped and part.stopped.id in checks), None)
    judged = (*checks.values(), *_not_reached(relay, stopped, checks))
    if relay.severities:
        judged = tuple(severity.judged(result, relay) for result in judged)
    return Handshake(
        relay=relay.name,
        host=relay.host,
        port=relay.port,
        level=relay.level,
        status=status(judged, reached=stopped is None),
        steps=steps,
        checks=judged,
        summary=_summary(relay, logs),
        via=relay.via,
        certificate=log.certificate if relay.level.rank >= Level.TLS.rank else None,
        reached=stopped is None,
        took=took,
        at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        predicted=foreseen,
        zone=relay.zone,
    )


def _foreseen(relay: Relay, log: Log, envelopes: Sequence[Log]) -> tuple[Outcome, ...]:
    if not (relay.clients or relay.others) or relay.level.rank < Level.TLS.rank:
        return ()
    from reconciler.smtp.session import predicted  # a relay that is no application's needs none

    return predicted.outcomes(relay, log, envelopes)


def _summary(relay: Relay, logs: tuple[Log, ...]) -> str:
    proven = list(dict.fromkeys(text for part in logs for level, text in part.proven if level.rank <= relay.level.rank))
    connected = any("SMTP100" in part.checks and part.checks["SMTP100"].status is CheckStatus.PASS for part in logs)
    if not proven and connected:
        proven = ["connected"]
    if relay.clients:
        proven += as_client.left_open(relay, logs[0])
    return ", ".join([*proven, f"via {relay.via}"] if relay.via else proven)


def status(checks: tuple[CheckResult, ...], *, reached: bool) -> Status:
    """The worst of them. What was not proven is never well, whatever severity `verify.checks` gives its cause."""
    found = {check.status for check in checks}
    well = Status.PASS if reached else Status.WARN
    return next((verdict for check, verdict in _WORST_FIRST if check in found), well)


def _counted(relay: Relay) -> frozenset[str]:
    """The checks of the relay's level, and those that its environment asks for."""
    return _USUAL[relay.level] | severity.enabled(relay) if relay.severities else _USUAL[relay.level]


def _not_reached(relay: Relay, stopped: CheckResult | None, checks: dict[str, CheckResult]) -> Iterator[CheckResult]:
    """A lowered check has ended the session: what it kept from being proven must not look proven."""
    if stopped is None or not severity.lowered(stopped, relay):
        return
    known = {*checks, *_not_asked(relay)}
    if "SMTP303" in checks:  # says what became of the login
        known.add("SMTP302")
    for level, check, what in _PROOFS:
        if level.rank <= relay.level.rank and check not in known:
            yield skipped(check, f"{what}: {stopped.id} ended the session, whatever verify.checks counts it as")


def _not_asked(relay: Relay) -> Iterator[str]:
    if relay.encryption is Encryption.NONE:
        yield "SMTP203"
    if relay.auth is Auth.NONE:
        yield "SMTP302"


def _pace(steps: tuple[Step, ...]) -> CheckResult:
    total = sum([step.ms for step in steps])
    if total <= SLOW:
        return passed("SMTP900", f"all steps together took {total:.0f} ms")
    slowest = max(steps, key=lambda step: step.ms)
    return failed("SMTP900", f"slow: {total / 1000:.1f} s, of which {slowest.name} took {slowest.ms / 1000:.1f} s")


def _stopped_before_auth(stopped: CheckResult | None) -> bool:
    if stopped is None:
        return False
    return stopped.id in _BEFORE_LOGIN or CATALOGUE[stopped.id].level.rank <= Level.TLS.rank


def _safe(log: Log) -> str:
    if log.last is None:
        return "nothing was sent; no credential left this machine"
    nothing = "nothing but QUIT" if log.polite else "nothing"
    again = "; a second connection, without credentials, looked for the reason" if log.looked_again else ""
    return f"{nothing} was sent after {log.last}{again}; no credential left this machine"
