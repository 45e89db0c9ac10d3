"""The unit that proves, stage after stage, as it goes to a worker: nothing is at hand there but what comes along."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from functools import partial

import pytest
from lab.servers.smtp.relay import SmtpRelay
from support.submission import REF, Opened

from reconciler.errors import Interrupted
from reconciler.model.handshake import CheckResult, Handshake, Level, Policy, Relay
from reconciler.model.ports import Hearing, Opener, Proving
from reconciler.model.secret import SecretRef
from reconciler.model.wire import document
from reconciler.model.work.proofs import Known, Proven, ProveUnit
from reconciler.pipeline.verify import prove
from reconciler.smtp.record.log import Timeouts


class Stores(Opened):
    """Secrets of a run; keeps what could have been opened."""

    def opener(self, allowed: Collection[SecretRef] | None) -> Opener:
        self.allowed = allowed
        return self


def elsewhere(unit: ProveUnit, password: str = "secret") -> Proven:
    """By a worker, which has never heard of the run."""
    given = document.read(ProveUnit, json.loads(json.dumps(document.written(unit))))
    answer = prove.proven(given, Stores(password))  # type: ignore[arg-type]  # as much of Secrets as it takes
    return document.read(Proven, json.loads(json.dumps(document.written(answer))))


def stages(*relays: Relay, password: str = "secret") -> list[Handshake]:
    """Each relay in a stage of its own, from the answer of the one before."""
    known, found = Known(), list[Handshake]()
    for relay in relays:
        told = elsewhere(ProveUnit(relays=(relay,), policy=Policy(), expected=relays, known=known), password)
        known = told.known
        found += told.found
    return found


def of(found: Handshake, check: str) -> CheckResult:
    return next(one for one in found.checks if one.id == check)


def test_a_user_logs_in_once_over_all_stages(server: SmtpRelay, submission: Relay) -> None:
    found = stages(submission, submission, replace(submission, name="prod"))
    assert ([str(one.status) for one in found], server.logins) == (["pass"] * 3, ["user0"])
    assert of(found[2], "SMTP302").reason == f"logged in as user0, on localhost:{server.port} (submission)"


def test_a_stage_of_one_relay_tells_its_login_although_nothing_else_is_expected(
    server: SmtpRelay, submission: Relay
) -> None:
    first = elsewhere(ProveUnit(relays=(submission,), policy=Policy()))
    elsewhere(ProveUnit(relays=(submission,), policy=Policy(), known=first.known))
    assert ([login.earlier for login in first.known.logins], server.logins) == ([True], ["user0"])


def test_after_a_refused_login_no_later_stage_tries_it(server: SmtpRelay, submission: Relay) -> None:
    found = stages(submission, submission, password="wrong")
    assert ([str(one.status) for one in found], server.logins) == (["fail", "inconclusive"], ["user0"])


def test_a_proof_of_an_unprotected_stage_is_none_for_a_protected_one(server: SmtpRelay, submission: Relay) -> None:
    stages(submission, replace(submission, protected=True), submission)
    assert server.logins == ["user0", "user0"]


def test_senders_of_later_stages_are_tried_with_the_one_login(server: SmtpRelay, submission: Relay) -> None:
    first = replace(submission, level=Level.ENVELOPE)
    found = stages(first, replace(first, sender="b@example.com"))
    assert (server.senders, server.logins) == (["a@example.com", "b@example.com"], ["user0"])
    assert [str(one.status) for one in found] == ["pass", "pass"]


def test_transactions_are_counted_over_all_stages(server: SmtpRelay, submission: Relay) -> None:
    relay = replace(submission, level=Level.ENVELOPE)
    spent = elsewhere(ProveUnit(relays=(relay,), policy=Policy())).known.spent
    again = ProveUnit(relays=(replace(relay, username="user1"),), policy=Policy(), known=Known(spent=spent))
    assert (dict(spent), dict(elsewhere(again).known.spent)) == ({"localhost": 1}, {"localhost": 2})


def test_secrets_of_the_whole_run_may_be_opened_and_no_others(server: SmtpRelay, submission: Relay) -> None:
    stores, later = Stores(), replace(submission, username="user1", password=replace(REF, key="later"))
    unit = ProveUnit(relays=(submission,), policy=Policy(), expected=(submission, later))
    prove.proven(unit, stores)  # type: ignore[arg-type]
    assert (stores.allowed, stores.asked) == ({REF, later.password}, [REF])


def test_calls_here_that_are_one_run_log_in_once(server: SmtpRelay, submission: Relay) -> None:
    proving = Proving(expected=(submission,))
    ask = partial(prove.here, [submission], Policy(), Stores(), proving=proving)  # type: ignore[arg-type]
    assert [str(ask()[submission].status) for _ in range(2)] == ["pass", "pass"]
    assert server.logins == ["user0"]


def test_calls_here_without_a_run_are_runs_of_their_own(server: SmtpRelay, submission: Relay) -> None:
    for _ in range(2):
        prove.here([submission], Policy(), Stores())  # type: ignore[arg-type]
    assert server.logins == ["user0", "user0"]


def test_who_waits_hears_lines_and_results_and_may_stop(server: SmtpRelay, submission: Relay) -> None:
    lines, done = list[str](), list[Relay]()
    hearing = Hearing(tell=lambda _, line: lines.append(line), done=done.extend)
    prove.proven(ProveUnit(relays=(submission,), policy=Policy()), Stores(), hearing=hearing)  # type: ignore[arg-type]
    assert (done, any("EHLO" in line for line in lines)) == ([submission], True)
    with pytest.raises(Interrupted):
        prove.proven(
            ProveUnit(relays=(submission,), policy=Policy()),
            Stores(),  # type: ignore[arg-type]
            hearing=Hearing(stopped=lambda: True),
        )


@pytest.mark.parametrize("limits", [Timeouts(), Timeouts().capped(3), Timeouts(auth=2, total=7)], ids=str)
def test_times_cross_as_those_that_are_not_usual(limits: Timeouts) -> None:
    assert Timeouts()._replace(**dict(prove.seconds(limits))) == limits
    assert json.dumps(prove.seconds(limits), allow_nan=False)


def test_a_step_that_no_handshake_has_is_refused(submission: Relay) -> None:
    unit = ProveUnit(relays=(submission,), policy=Policy(), timeouts=(("coffee", 1.0),))
    with pytest.raises(ValueError, match="coffee"):
        prove.proven(unit, Stores())  # type: ignore[arg-type]
