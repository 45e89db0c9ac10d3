"""What clients come to at relays of one shape each: a value in, a value out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.answers.prediction import Kind, Outcome, Reported
from reconciler.model.handshake import Auth, Encryption
from reconciler.smtp.clients.client import load, names
from reconciler.smtp.predict.facts import CLOSED, SILENT, Answer, NameRule, RelayFacts
from reconciler.smtp.predict.predict import predict
from reconciler.smtp.predict.use import Use

SUBMISSION = RelayFacts(
    host="relay.example.com",
    port=587,
    speaks="smtp",
    before=("STARTTLS", "SIZE 1000000"),
    inside=("AUTH PLAIN LOGIN",),
)
USE = Use(
    host="relay.example.com",
    port=587,
    encryption=Encryption.STARTTLS,
    auth=Auth.BASIC,
    user=True,
    password=True,
)
PLAIN_ONLY, LOGIN_ONLY, NO_AUTH = (
    {"inside": ("AUTH PLAIN",)},
    {"inside": ("AUTH LOGIN",)},
    {"inside": ("SIZE 1000000",)},
)
STRIPPED = {"before": ("AUTH PLAIN LOGIN",)}
REFUSED = Answer(535, 0.0, "5.7.8 no")


def outcome(client: str, seen: dict[str, Any] | None = None, **use: Any) -> Outcome:
    return predict(load(client), replace(USE, **use), replace(SUBMISSION, **(seen or {})))


@pytest.mark.parametrize(
    ("client", "seen", "kinds"),
    [
        ("rails", {}, [Kind.SENDS]),
        ("rails", LOGIN_ONLY, [Kind.FAILS]),
        ("gitlab", PLAIN_ONLY, [Kind.FAILS]),
        ("gitlab", STRIPPED, [Kind.IN_CLEAR]),
        ("gitlab", {"before": ("starttls", "auth PLAIN LOGIN")}, [Kind.IN_CLEAR]),
        ("django", STRIPPED, [Kind.FAILS]),
        ("django", NO_AUTH, [Kind.FAILS]),
        ("system-net-mail", PLAIN_ONLY, [Kind.WITHOUT_LOGIN]),
        ("system-net-mail", {"auth": (("LOGIN", REFUSED),)}, [Kind.WITHOUT_LOGIN, Kind.REFUSED_LOGINS]),
        ("keycloak", NO_AUTH, [Kind.WITHOUT_LOGIN]),
        ("keycloak", STRIPPED, [Kind.IN_CLEAR]),
        ("spring-boot", {"inside": ("AUTH CRAM-MD5",)}, [Kind.FAILS]),
        ("laravel", {"auth": (("LOGIN", REFUSED), ("PLAIN", Answer(235)))}, [Kind.REFUSED_LOGINS]),
        ("grafana", {"inside": ("AUTH CRAM-MD5 PLAIN",), "auth": (("CRAM-MD5", REFUSED),)}, [Kind.FAILS]),
        ("grafana", {"inside": ("auth PLAIN",)}, [Kind.WITHOUT_LOGIN]),
        ("grafana", {"faults": frozenset({"cn-only"})}, [Kind.FAILS]),
        ("django", {"faults": frozenset({"cn-only"})}, [Kind.SENDS]),
        ("grafana", {"tls": frozenset({"1.2"}), "suites": frozenset({"DHE"})}, [Kind.FAILS]),
        ("mattermost", STRIPPED, [Kind.FAILS]),
        ("mailkit", {"faults": frozenset({"no-crl"})}, [Kind.FAILS]),
        ("rails", {"dot": Answer(250, 6.0)}, [Kind.REPORTED_FAILED]),
        ("nextcloud", {"dot": Answer(250, 6.0)}, [Kind.SENDS]),
        ("rails", {"quit": Answer(SILENT)}, [Kind.REPORTED_FAILED]),
        ("nodemailer", {"quit": Answer(SILENT)}, [Kind.SENDS]),
        ("django", {"speaks": "tls"}, [Kind.WAITS]),
        ("system-net-mail", {"speaks": "tls"}, [Kind.WAITS]),
        ("spring-boot", {"addresses": ("refuses", "answers")}, [Kind.FAILS]),
        ("laravel", {"addresses": ("silent", "answers")}, [Kind.WAITS]),
        ("gitlab", {"addresses": ("answers", "silent")}, [Kind.SENDS]),
        ("rails", {"addresses": ("answers", "silent")}, [Kind.SECOND_ADDRESS]),
        ("netbrain", {}, [Kind.UNVERIFIED]),
    ],
)
def test_what_a_client_comes_to(client: str, seen: dict[str, Any], kinds: list[Kind]) -> None:
    found = outcome(client, seen)
    assert list(found.kinds) == kinds
    assert found.reason or found.kind in (Kind.SENDS, Kind.IN_CLEAR, Kind.REFUSED_LOGINS, Kind.SECOND_ADDRESS)


def test_mattermost_without_a_login_sends_in_clear_where_starttls_is_missing() -> None:
    assert outcome("mattermost", STRIPPED, auth=Auth.NONE, user=False, password=False).kind is Kind.IN_CLEAR


def test_a_client_that_sets_no_time_out_waits_without_end() -> None:
    found = outcome("django", {"banner": Answer(SILENT)})
    assert (found.reported, found.seconds, found.cause) == (Reported.NOTHING, None, "no-answer")
    assert outcome("django", {"banner": Answer(SILENT)}, read=3.0).seconds == 3.0


def test_port_465_is_implicit_tls_for_symfony_whatever_the_settings_say() -> None:
    found = outcome("laravel", {"speaks": "tls", "port": 465}, port=465)
    assert (found.kind, found.encrypted) == (Kind.SENDS, True)


def test_a_name_that_the_relay_refuses_is_refused_at_rcpt() -> None:
    rule = NameRule("localhost.localdomain", "RCPT", Answer(504, 0.0, "5.5.2 need fully-qualified hostname"))
    found = outcome("rails", {"names": (rule,)})
    assert (found.kind, found.cause) == (Kind.FAILS, "name")
    assert "production.domain" in str(found.advice)
    assert outcome("rails", {"names": (rule,)}, ehlo_name="web01.example.com").kind is Kind.SENDS


def test_the_words_of_a_failure_hold_the_answer_of_the_relay() -> None:
    found = outcome("django", {"auth": (("PLAIN", REFUSED), ("LOGIN", REFUSED))})
    assert (found.refused, found.words) == (2, "SMTPAuthenticationError: (535, b'5.7.8 no')")


@pytest.mark.parametrize(("client", "taken", "reported"), [("django", True, "sent"), ("rails", False, "failed")])
def test_one_refused_recipient_of_two(client: str, taken: bool, reported: str) -> None:
    found = outcome(client, {"second": Answer(550)}, recipients=2)
    assert (found.taken, found.reported, found.cause) == (taken, reported, "one-recipient")


def test_a_connection_that_ends_is_no_login_without_a_word() -> None:
    found = outcome("system-net-mail", {"auth": (("LOGIN", Answer(CLOSED)),)})
    assert (found.kind, found.login) == (Kind.FAILS, None)


def test_what_nobody_has_run_is_named() -> None:
    assert outcome("gitea", LOGIN_ONLY).unverified
    assert outcome("rails", LOGIN_ONLY).unverified == ()


def test_a_mechanism_that_was_offered_and_not_proven_is_named() -> None:
    assert outcome("rails").unseen == ("AUTH PLAIN",)
    assert outcome("rails", {"auth": (("PLAIN", Answer(235)),)}).unseen == ()


@pytest.mark.parametrize("name", names())
def test_every_client_has_an_outcome_where_nothing_was_seen(name: str) -> None:
    found = predict(load(name), USE, RelayFacts(host="relay.example.com", port=587))
    assert found.kind is Kind.UNVERIFIED
    assert found.reason


def test_where_a_client_is_less_patient_than_what_was_measured_both_times_are_said() -> None:
    slow = replace(SUBMISSION, banner=Answer(220, 6.5))
    found = predict(load("rails"), USE, slow)
    assert (found.kind, found.reason) == (
        Kind.FAILS,
        "an answer comes at the greeting after 6.5 s, and Rails waits 5 s",
    )
