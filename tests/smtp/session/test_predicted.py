"""A session says what the clients of the applications would come to at its relay, and asks nothing more for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from lab.servers.smtp.faults import Expect, FaultServer, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import HELLO, SECURED

from reconciler.model.answers.prediction import Kind
from reconciler.model.handshake import (
    Auth,
    CheckResult,
    CheckStatus,
    Encryption,
    Handshake,
    Level,
    Relay,
    Status,
    Step,
)
from reconciler.smtp.record.evidence import Evidence
from reconciler.smtp.record.log import Log
from reconciler.smtp.session import predicted

Shake = Callable[..., Handshake]
CHECKS = tuple(f"SMTP32{number}" for number in range(6))


def login(*mechanisms: str, answer: str = "235 welcome") -> tuple[Any, ...]:
    return (*SECURED, Send("250-relay.lab", f"250 AUTH {' '.join(mechanisms)}"), Expect("AUTH"), Send(answer))


def by_id(found: Handshake) -> Mapping[str, CheckResult]:
    return {check.id: check for check in found.checks if check.id in CHECKS}


def test_a_client_that_can_send_passes(shake: Shake, pki: Pki) -> None:
    with FaultServer(login("PLAIN", "LOGIN"), certificate=pki.good) as server:
        found = shake(server.port, clients=("rails",))
    assert [(check.id, check.status, check.reason) for check in by_id(found).values()] == [
        ("SMTP320", CheckStatus.PASS, "predicted: Rails can send")
    ]
    assert [(one.client, one.kind, one.login) for one in found.predicted] == [("rails", Kind.SENDS, "PLAIN")]


def test_five_clients_cost_one_session_and_each_is_told_its_outcome(shake: Shake, pki: Pki) -> None:
    clients = ("django", "rails", "gitlab", "laravel", "system-net-mail")
    with FaultServer(login("PLAIN"), certificate=pki.good) as server:
        found = shake(server.port, clients=clients)
    told = by_id(found)
    assert [one.kind for one in found.predicted] == [
        Kind.SENDS,
        Kind.SENDS,
        Kind.FAILS,
        Kind.SENDS,
        Kind.WITHOUT_LOGIN,
    ]
    assert sum(line.upper().startswith(b"AUTH") for line in server.received.lines) == 1
    assert told["SMTP320"].status is CheckStatus.FAIL
    why = "GitLab logs in with LOGIN, offered or not, and the relay does not offer it (504)"
    assert told["SMTP320"].reason == f"GitLab fails: {why}"
    assert "GitLab shows: Net::SMTPAuthenticationError, of 504" in str(told["SMTP320"].evidence)
    assert str(told["SMTP320"].advice).startswith("set a mechanism in the application that the relay offers")
    assert found.status is Status.FAIL


def test_a_client_that_is_only_asked_about_counts_for_nothing(shake: Shake, pki: Pki) -> None:
    with FaultServer(login("PLAIN"), certificate=pki.good) as server:
        found = shake(server.port, others=("gitlab",))
    assert (by_id(found), found.status) == ({}, Status.PASS)
    assert [one.kind for one in found.predicted] == [Kind.FAILS]


def test_a_severity_can_be_changed(shake: Shake, pki: Pki) -> None:
    with FaultServer(login("plain"), certificate=pki.good) as server:  # which smtplib does not see
        found = shake(server.port, clients=("django",), severities=(("SMTP320", "warn"),))
    check = by_id(found)["SMTP320"]
    assert (check.status, check.usual, found.status) == (CheckStatus.WARN, CheckStatus.FAIL, Status.WARN)


def test_what_nobody_has_run_only_warns(shake: Shake, pki: Pki) -> None:
    script = (*SECURED, Send("250-relay.lab", "250 SIZE 1000"), Expect("QUIT"))
    with FaultServer(script, certificate=pki.good) as server:
        found = by_id(shake(server.port, level=Level.TLS, clients=("gitea",)))
    assert found["SMTP320"].status is CheckStatus.WARN
    assert found["SMTP320"].reason.endswith("(UNVERIFIED)")


@pytest.mark.parametrize("answer", ["535 5.7.8 no", "454 4.7.0 later"])
def test_nothing_is_predicted_of_a_credential_that_was_not_let_in(shake: Shake, pki: Pki, answer: str) -> None:
    with FaultServer(login("PLAIN", answer=answer), certificate=pki.good) as server:
        found = shake(server.port, clients=("rails",))
    assert (found.predicted, by_id(found)) == ((), {})


def test_nothing_is_predicted_of_a_relay_that_was_not_seen(shake: Shake) -> None:
    with FaultServer((*HELLO, Send("250 relay.lab"), Expect("QUIT"))) as server:
        found = shake(server.port, clients=("rails",))
    assert (found.predicted, by_id(found)) == ((), {})


def test_a_client_that_uses_starttls_where_the_files_say_none_is_not_seen_there(shake: Shake) -> None:
    script = (*HELLO, Send("250-relay.lab", "250 STARTTLS"), Expect("QUIT"))
    with FaultServer(script) as server:
        found = shake(
            server.port,
            encryption=Encryption.NONE,
            auth=Auth.NONE,
            level=Level.TLS,
            plaintext=True,
            clients=("laravel",),
        )
    assert [(one.kind, one.reason) for one in found.predicted] == [
        (Kind.UNVERIFIED, "what the relay offers was not seen")
    ]


@pytest.mark.parametrize(
    ("waits", "kind"),
    [
        ((), Kind.REPORTED_FAILED),
        ((("rails", None, 60.0),), Kind.SENDS),
        ((("rails", None, 60.0), ("rails", None, None)), Kind.REPORTED_FAILED),
        ((("django", None, 60.0),), Kind.REPORTED_FAILED),
    ],
    ids=["as it comes", "set", "one of two", "another one's"],
)
def test_the_time_outs_of_the_application_count(waits: Any, kind: Kind) -> None:
    relay = Relay(
        name=None, host="relay.lab", port=587, encryption=Encryption.STARTTLS, clients=("rails",), waits=waits
    )
    log = Log(evidence=Evidence(None, None), ends=0)
    log.before, log.inside = (b"250-relay.lab", b"250 STARTTLS"), (b"250-relay.lab", b"250 AUTH PLAIN")
    log.steps.append((Level.MESSAGE, Step(name="message", ms=7000)))
    assert [one.kind for one in predicted.outcomes(relay, log)] == [kind]
