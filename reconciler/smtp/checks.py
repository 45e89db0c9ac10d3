"""The catalogue of checks, as data. An id never changes its meaning."""

from __future__ import annotations

from reconciler.model.finding import Severity
from reconciler.model.handshake import Check, CheckResult, CheckStatus, Level

CATALOGUE = {
    check.id: check
    for check in (
        Check(id="SMTP100", level=Level.CONNECT, title="The host resolves and accepts a TCP connection"),
        Check(id="SMTP101", level=Level.CONNECT, title="The banner comes in time and is well formed"),
        Check(id="SMTP102", level=Level.CONNECT, title="The banner does not turn us away (554, 421)"),
        Check(id="SMTP103", level=Level.CONNECT, title="EHLO is accepted, its reply well formed and bounded"),
        Check(id="SMTP104", level=Level.CONNECT, title="The server does not speak before it is asked"),
        Check(id="SMTP200", level=Level.TLS, title="STARTTLS is offered"),
        Check(id="SMTP201", level=Level.TLS, title="STARTTLS is answered with 220"),
        Check(id="SMTP202", level=Level.TLS, title="No byte comes between 220 and TLS (response injection)"),
        Check(id="SMTP203", level=Level.TLS, title="The TLS handshake completes with TLS 1.2 or later"),
        Check(id="SMTP204", level=Level.TLS, title="The certificate's issuer is trusted"),
        Check(id="SMTP205", level=Level.TLS, title="The certificate is for this host"),
        Check(id="SMTP206", level=Level.TLS, title="The certificate is valid today and for 30 days"),
        Check(id="SMTP210", level=Level.TLS, title="The certificate is one of the pinned ones"),
        Check(id="SMTP300", level=Level.AUTH, title="A login mechanism that we know is offered"),
        Check(id="SMTP301", level=Level.AUTH, title="The credential is sent only where it is safe"),
        Check(id="SMTP302", level=Level.AUTH, title="The login succeeds at the first attempt"),
        Check(id="SMTP303", level=Level.AUTH, title="The server is able to answer the login"),
        Check(id="SMTP400", level=Level.ENVELOPE, title="MAIL FROM the configured sender is accepted"),
        Check(id="SMTP401", level=Level.ENVELOPE, title="RCPT TO the configured recipient is accepted"),
        Check(id="SMTP500", level=Level.MESSAGE, title="A real message is accepted"),
    )
}

# Where silence or a lost connection proves nothing: the id and status to report instead of a failure. A busy login
# server must never look like a wrong password.
UNANSWERED = {"SMTP302": "SMTP303", "SMTP400": "SMTP400", "SMTP401": "SMTP401"}

# After these not even QUIT is sent: the other end, or the path to it, is not what it should be.
DISTRUST = frozenset({"SMTP104", "SMTP200", "SMTP201", "SMTP202", "SMTP203", "SMTP204", "SMTP205", "SMTP210"})


def passed(check: str, reason: str, evidence: str | None = None) -> CheckResult:
    return CheckResult(id=check, status=CheckStatus.PASS, reason=reason, evidence=evidence)


def failed(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    """Fails as hard as the catalogue says."""
    hard = CATALOGUE[check].severity is Severity.ERROR
    status = CheckStatus.FAIL if hard else CheckStatus.WARN
    return CheckResult(id=check, status=status, reason=reason, evidence=evidence, advice=advice)


def warned(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    return CheckResult(id=check, status=CheckStatus.WARN, reason=reason, evidence=evidence, advice=advice)


def inconclusive(check: str, reason: str, *, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    return CheckResult(id=check, status=CheckStatus.INCONCLUSIVE, reason=reason, evidence=evidence, advice=advice)


def unanswered(check: str, reason: str, *, advice: str | None = None) -> CheckResult:
    """Silence, or a lost connection, where the reply that decides `check` was due."""
    if check in UNANSWERED:
        return inconclusive(UNANSWERED[check], reason, advice=advice or "try again later")
    return failed(check, reason, advice=advice)
