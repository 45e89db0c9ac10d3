"""What a handshake has proven, whatever verify.checks makes of its checks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status
from reconciler.model.outcome import OutcomeStatus
from reconciler.pipeline.apply import gates

MAIN = Address.parse("prod/crm:mail_servers[main]")


def check(id_: str, status: str, usual: str | None = None) -> CheckResult:
    return CheckResult(
        id=id_, status=CheckStatus(status), reason="no", usual=CheckStatus(usual) if usual is not None else None
    )


def handshake(*checks: CheckResult, status: Status = Status.WARN, reached: bool = False) -> Handshake:
    found = Handshake(relay="r", host="h", port=25, level=Level.ENVELOPE, status=status, steps=(), checks=checks)
    return replace(found, reached=reached)


def sifted(found: Handshake, *, protected: bool) -> gates.Sifted:
    change = Change(address=MAIN, kind="fake", installation="fake:crm", action=Action.CREATE)
    return gates.proven([change], {MAIN: found}, lambda environment: protected and environment == "prod")


LOWERED = {
    "the login is refused": (check("SMTP302", "info", "fail"),),
    "the login server is busy": (check("SMTP303", "warn", "inconclusive"),),
    "the certificate has expired": (check("SMTP206", "warn", "fail"), check("SMTP302", "skipped")),
    "the certificate has expired, and nobody logs in": (check("SMTP206", "warn", "fail"),),
    "the recipient is refused": (check("SMTP302", "pass"), check("SMTP400", "pass"), check("SMTP401", "info", "fail")),
    "the envelope was not tried": (check("SMTP302", "pass"), check("SMTP400", "skipped")),
}


@pytest.mark.parametrize("checks", LOWERED.values(), ids=LOWERED)
def test_a_lowered_check_proves_nothing(checks: tuple[CheckResult, ...]) -> None:
    assert gates.unproven(handshake(*checks)) is not None


def test_a_handshake_that_got_where_it_was_to_go_has_proven_it() -> None:
    assert gates.unproven(handshake(check("SMTP209", "info", "warn"), check("SMTP302", "pass"), reached=True)) is None


def test_what_a_lowered_check_kept_from_being_proven_is_not_written_in_a_protected_environment() -> None:
    found = handshake(check("SMTP302", "info", "fail"))
    refused = sifted(found, protected=True)
    (outcome,) = refused.outcomes
    assert (refused.kept, outcome.status, outcome.handshake) == ((), OutcomeStatus.FAILED, found)
    assert outcome.error
    assert (outcome.error.rule, outcome.error.what) == (
        "handshake",
        "not written: the handshake with h:25 proved nothing: SMTP302 ended the handshake, and counts as info "
        "by verify.checks",
    )


def test_elsewhere_it_is_written() -> None:
    found = sifted(handshake(check("SMTP302", "info", "fail")), protected=False)
    assert ([change.address for change in found.kept], found.outcomes) == ([MAIN], ())


def test_what_is_proven_is_written_in_a_protected_environment() -> None:
    assert sifted(handshake(check("SMTP302", "pass"), reached=True), protected=True).outcomes == ()
