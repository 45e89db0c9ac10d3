from dataclasses import replace

import pytest

from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.views import apply as view
from reconciler.views.paper import Paper

MAIN = Address.parse("prod/openspp:mail_servers[main]")
PASSED = Handshake(
    relay=None,
    host="smtp.example.com",
    port=587,
    level=Level.AUTH,
    status=Status.PASS,
    steps=(),
    checks=(CheckResult(id="SMTP501", status=CheckStatus.PASS, reason="passed"),),
)


def test_an_update_says_what_was_done_and_proven():
    one = Outcome(address=MAIN, status=OutcomeStatus.UPDATED, fields=("password", "host"), test=PASSED, duration=0.42)
    assert view.outcome(one, Paper(), new_unit=True) == (
        "  prod/openspp\n"
        "    ok    mail_servers[main]  updated host, password; read back; the platform's own test passed   0.4 s\n"
    )


def test_a_failure_says_what_why_and_how_to_go_on():
    error = Finding(severity=Severity.ERROR, rule="handshake", what="not written: no login", why="w", fix="f")
    one = Outcome(address=MAIN, status=OutcomeStatus.FAILED, error=error)
    assert view.outcome(one, Paper(), new_unit=False) == (
        "    FAIL  mail_servers[main]\n          not written: no login\n          why: w\n          fix: f\n"
    )


FAILED_TEST = Finding(severity=Severity.ERROR, rule="platform-test", what="written, but its test failed", fix="ask")


def test_what_went_back_says_what_is_as_before_and_why():
    one = Outcome(address=MAIN, status=OutcomeStatus.RESTORED, fields=("port", "host"), error=FAILED_TEST)
    assert view.outcome(one, Paper(), new_unit=False) == (
        "    BACK  mail_servers[main]  restored host, port\n"
        "          written, but its test failed\n"
        "          fix: ask\n"
    )


def test_what_was_created_in_vain_is_archived_again():
    one = Outcome(address=MAIN, status=OutcomeStatus.RESTORED, error=FAILED_TEST)
    shown = view.outcome(one, Paper(), new_unit=False)
    assert shown.splitlines()[0] == "    BACK  mail_servers[main]  archived again"


def test_the_summary_counts_what_went_back():
    outcomes = [Outcome(address=MAIN, status=status) for status in (OutcomeStatus.UPDATED, OutcomeStatus.RESTORED)]
    assert view.summary(outcomes, 1.0, Paper()) == "\nApplied 1, restored 1, failed 0, not attempted 0 in 1.0 s.\n"


def test_the_summary_counts_what_was_not_attempted_and_says_why():
    error = Finding(severity=Severity.ERROR, rule="platform-denied", what="not readable")
    outcomes = [
        Outcome(address=MAIN, status=OutcomeStatus.UPDATED),
        Outcome(address=Address.parse("prod/odc:stage"), status=OutcomeStatus.NOT_ATTEMPTED, error=error),
    ]
    assert view.summary(outcomes, 3.41, Paper()) == (
        "\nApplied 1, failed 0, not attempted 1 (prod/odc:stage: not readable) in 3.4 s.\n"
    )


@pytest.mark.parametrize(
    ("width", "why"),
    [(82, "(prod/odc:stage: the login failed…)"), (70, "(prod/odc:stage)")],
    ids=["as far as the line goes", "only its address"],
)
def test_the_summary_cuts_a_long_reason(width: int, why: str):
    error = Finding(severity=Severity.ERROR, rule="x", what="the login failed, and this is a long story " * 3)
    missed = Outcome(address=Address.parse("prod/odc:stage"), status=OutcomeStatus.NOT_ATTEMPTED, error=error)
    line = view.summary([missed], 3.41, Paper(width=width))
    assert line == f"\nApplied 0, failed 0, not attempted 1 {why} in 3.4 s.\n"
    assert len(line.strip()) <= width


def test_stale_is_said_once():
    one = Outcome(address=MAIN, status=OutcomeStatus.STALE)
    assert view.outcome(one, Paper(), new_unit=False) == "    STALE mail_servers[main]\n"


def test_a_test_that_could_not_decide_says_what_to_do():
    check = CheckResult(id="SMTP501", status=CheckStatus.WARN, reason="config", advice="give the user an address")
    test = replace(PASSED, status=Status.WARN, checks=(check,))
    one = Outcome(address=MAIN, status=OutcomeStatus.UPDATED, fields=("port",), test=test)
    assert view.outcome(one, Paper(), new_unit=False) == (
        "    ok    mail_servers[main]  updated port; read back; the platform's own test: config\n"
        "          fix: give the user an address\n"
    )
