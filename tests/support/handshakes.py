"""Handshakes to show: one that is well, one that fails with hostile words, one that says nothing."""

from __future__ import annotations

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from support.values import certificate

HOSTILE = "550 <script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J\u202e'\"&"
NOW = 1_795_000_000.0  # 2026-11-18


def check(name: str, status: str, reason: str, evidence: str | None = None, advice: str | None = None) -> CheckResult:
    return CheckResult(id=name, status=CheckStatus(status), reason=reason, evidence=evidence, advice=advice)


WELL = Handshake(
    relay="prod/submission",
    host="smtp.example.com",
    port=587,
    level=Level.ENVELOPE,
    status=Status.PASS,
    steps=(Step(name="tcp", ms=12.4), Step(name="TLS", ms=30.1), Step(name="AUTH", ms=8.0)),
    checks=(
        check("SMTP022", "pass", "DMARC of example.com is valid and aligned"),
        check("SMTP103", "pass", "EHLO is accepted", "250-smtp.example.com\n250-SIZE 36700160\n250 STARTTLS"),
        check("SMTP203", "pass", "TLSv1.3, TLS_AES_256_GCM_SHA384"),
        check("SMTP206", "pass", "the certificate is valid until 2027-01-20", "certificate 62 days"),
        check("SMTP207", "pass", "the key is good", "secp256r1 256 bits, signed with sha256"),
        check(
            "SMTP211", "pass", "read again", "before TLS: SIZE 1, STARTTLS\ninside TLS: SIZE 1, AUTH PLAIN LOGIN, HELP"
        ),
        check("SMTP302", "pass", "logged in as no-reply@example.com", "235 2.7.0 Authentication successful"),
        check("SMTP400", "pass", "MAIL no-reply@example.com is accepted", "250 2.1.0 Ok"),
        check("SMTP401", "pass", "RCPT postmaster@example.com is accepted", "250 2.1.5 Ok"),
    ),
    summary="starttls, TLSv1.3, AUTH PLAIN as no-reply@example.com, MAIL RCPT",
    certificate=certificate("2027-01-20T10:00:00+00:00"),
)
REFUSED = Handshake(
    relay="prod/internal",
    host="relay.corp.example.com",
    port=25,
    level=Level.AUTH,
    status=Status.FAIL,
    steps=(Step(name="tcp", ms=1.0),),
    checks=(
        check("SMTP203", "pass", "TLSv1.2, ECDHE-RSA-AES256-GCM-SHA384"),
        check("SMTP206", "warn", "certificate expires in 5 days (2026-11-23)", "certificate 5 days", "renew it"),
        check("SMTP302", "fail", f"the login is refused: {HOSTILE}", HOSTILE, f"ask {HOSTILE}"),
    ),
    certificate=certificate("2026-11-23T22:26:40+00:00"),
)
SILENT = Handshake(
    relay="test/<b>bold</b>",
    host="relay.test.example.com",
    port=465,
    level=Level.TLS,
    status=Status.INCONCLUSIVE,
    steps=(),
    checks=(check("SMTP101", "inconclusive", "no answer within 10 s", None, "try again later"),),
    via="ssh://bastion.example.com",
)
ALL = (WELL, REFUSED, SILENT)
USES = (
    ("prod/openspp", "openspp", "prod/submission"),
    ("prod/openspp", "openspp", "prod/internal"),
    ("prod/portal", "file", "prod/submission"),
    ("test/<i>odd</i>", "file", "test/<b>bold</b>"),
)
