"""Severities of an environment: they change the verdict, always say so, and never what is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab.servers.smtp.faults import FaultServer
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.smtp.zoo import PASSWORD, USER, ZOO

from reconciler.model.handshake import CheckResult, CheckStatus, Encryption, Handshake, Level, Relay, Status
from reconciler.smtp.catalogue.severity import enabled, judged

Shake = Callable[..., Handshake]


def relay(**severities: str) -> Relay:
    found = tuple(sorted(severities.items()))
    return Relay(name=None, host="relay", port=587, encryption=Encryption.STARTTLS, severities=found)


def result(check: str, status: str) -> CheckResult:
    return CheckResult(id=check, status=CheckStatus(status), reason="found")


@pytest.mark.parametrize(
    ("check", "status", "wanted", "counts", "said"),
    [
        ("SMTP206", "fail", "warn", "warn", "found (lowered from fail to warn by verify.checks)"),
        ("SMTP206", "warn", "info", "info", "found (lowered from warn to info by verify.checks)"),
        ("SMTP206", "warn", "fail", "warn", "found"),  # fail is what it is already: 12 days left still warn
        ("SMTP206", "pass", "warn", "pass", "found"),
        ("SMTP212", "warn", "fail", "fail", "found (raised from warn to fail by verify.checks)"),
        ("SMTP900", "info", "warn", "warn", "found (raised from info to warn by verify.checks)"),
        ("SMTP301", "info", "fail", "info", "found"),  # says that nothing was sent: no finding
        ("SMTP303", "inconclusive", "warn", "warn", "found (lowered from inconclusive to warn by verify.checks)"),
        ("SMTP403", "warn", "fail", "fail", "found"),  # opt-in: whoever turns it on says what it counts as
        ("SMTP403", "inconclusive", "warn", "inconclusive", "found"),
        ("SMTP403", "skipped", "fail", "skipped", "found"),
    ],
)
def test_a_result_counts_as_the_environment_says(check: str, status: str, wanted: str, counts: str, said: str) -> None:
    found = judged(result(check, status), relay(**{check: wanted}))
    assert (str(found.status), found.told, found.reason) == (counts, said, "found")


def test_a_severity_turns_on_what_is_off_and_nothing_else() -> None:
    assert enabled(relay(SMTP403="warn", SMTP206="info")) == {"SMTP403"}


@pytest.mark.parametrize(
    ("fault", "check"),
    [("expired", "SMTP206"), ("wrong name", "SMTP205"), ("unknown CA", "SMTP204"), ("STARTTLS stripped", "SMTP200")],
)
@pytest.mark.parametrize("severity", ["info", "warn"])
def test_a_lowered_check_sends_no_credential(shake: Shake, pki: Pki, fault: str, check: str, severity: str) -> None:
    scripted = ZOO[fault]
    with FaultServer(scripted.script, certificate=getattr(pki, scripted.certificate)) as server:
        found = shake(server.port, severities=((check, severity),))
    listed = {one.id: one for one in found.checks}
    assert (server.auth_attempts, str(listed[check].status)) == (0, severity)
    assert listed[check].told.endswith(f"(lowered from fail to {severity} by verify.checks)")
    assert listed["SMTP302"].status is CheckStatus.SKIPPED


def test_a_lowered_check_that_stops_short_is_no_failure(shake: Shake, pki: Pki) -> None:
    with FaultServer(ZOO["expired"].script, certificate=pki.expired) as server:
        assert shake(server.port, severities=(("SMTP206", "warn"),)).status is Status.WARN


@pytest.mark.parametrize(
    ("level", "missed"),
    [
        (Level.TLS, {"SMTP203": "TLS is not proven"}),
        (Level.AUTH, {"SMTP203": "TLS is not proven", "SMTP302": "no login was tried"}),
        (
            Level.MESSAGE,
            {
                "SMTP203": "TLS is not proven",
                "SMTP302": "no login was tried",
                "SMTP400": "MAIL and RCPT were not tried",
                "SMTP500": "no message was sent",
            },
        ),
    ],
    ids=["tls", "auth", "message"],
)
def test_what_a_lowered_check_kept_from_being_proven_is_never_well(
    shake: Shake, pki: Pki, level: Level, missed: dict[str, str]
) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.unknown_ca) as server:
        found = shake(server.port, level=level, severities=(("SMTP204", "info"),))
    assert (found.status, found.reached) == (Status.WARN, False)
    skipped = {one.id: one.reason for one in found.checks if one.status is CheckStatus.SKIPPED}
    why = "SMTP204 ended the session, whatever verify.checks counts it as"
    assert skipped == {check: f"{what}: {why}" for check, what in missed.items()}


def test_a_lowered_check_above_the_level_asked_for_changes_nothing(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.unknown_ca) as server:
        found = shake(server.port, level=Level.CONNECT, severities=(("SMTP204", "info"),))
    assert (found.status, found.reached) == (Status.PASS, True)


def test_a_login_that_is_refused_and_lowered_is_not_well(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: "another"}, certificate=pki.good) as server:
        found = shake(server.port, severities=(("SMTP302", "info"),))
    assert (found.status, found.reached) == (Status.WARN, False)


def test_a_raised_check_fails_after_the_fact(shake: Shake, pki: Pki) -> None:
    fault = ZOO["cipher without AEAD"]
    with FaultServer(fault.script, certificate=pki.cbc) as server:
        assert shake(server.port, severities=(("SMTP209", "fail"),)).status is Status.FAIL


def test_an_opt_in_check_is_silent_unless_it_is_turned_on(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        found = shake(server.port, level=Level.ENVELOPE)
    assert not {"SMTP213", "SMTP305", "SMTP402", "SMTP403", "SMTP405"} & {check.id for check in found.checks}
    assert server.connections == 1
