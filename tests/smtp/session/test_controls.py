"""Opt-in checks of a relay that is well kept: they pass, send no credential, and stay within their budget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from lab.servers.smtp.faults import Close, Expect, FaultServer, Send, Sleep, StartTls
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.smtp.zoo import LOGGED_IN, OFFERED, PASSWORD, SECURED, SENT, USER

from reconciler.model.handshake import Auth, CheckResult, CheckSeverity, Encryption, Handshake, Level, Relay
from reconciler.model.secret import SecretValue
from reconciler.smtp.catalogue import needs
from reconciler.smtp.catalogue.checks import ALONE, CATALOGUE, INSIDE
from reconciler.smtp.session import controls
from reconciler.smtp.session.budget import Budget
from reconciler.smtp.session.handshake import handshakes

Shake = Callable[..., Handshake]
BARE = (*SECURED, Send("250-relay.lab", "250 AUTH PLAIN"), Expect("MAIL"))


def check(found: Handshake, wanted: str) -> CheckResult:
    return next(check for check in found.checks if check.id == wanted)


@pytest.mark.parametrize("id_", ["SMTP305", "SMTP403"])
def test_a_relay_that_wants_a_login_passes(shake: Shake, pki: Pki, id_: str) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        found = shake(server.port, severities=((id_, "fail"),))
    assert (str(check(found, id_).status), server.connections, server.logins) == ("pass", 2, [USER])
    assert "MAIL" in check(found, id_).reason
    assert server.messages == []


@pytest.mark.parametrize("id_", ["SMTP305", "SMTP403"])
@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ((Send("250 ok"), Expect("RCPT"), Send("554 5.7.1 denied")), "pass"),
        ((Send("451 later"),), "inconclusive"),
        ((Close(),), "inconclusive"),
    ],
    ids=["refused at RCPT", "put off", "hangs up"],
)
def test_a_refusal_at_rcpt_is_one_and_a_delay_is_none(
    shake: Shake, pki: Pki, id_: str, answers: tuple[object, ...], status: str
) -> None:
    with FaultServer(LOGGED_IN, later=(*BARE, *answers), certificate=pki.good) as server:  # type: ignore[arg-type]
        found = check(shake(server.port, severities=((id_, "fail"),)), id_)
    assert (str(found.status), server.received.count("DATA")) == (status, 0)


def test_an_open_relay_is_asked_with_addresses_that_are_nobodys(shake: Shake, pki: Pki) -> None:
    later = (*BARE, Send("250 ok"), Expect("RCPT"), Send("250 ok"), Expect("RSET"), Send("250 ok"))
    with FaultServer(LOGGED_IN, later=later, certificate=pki.good) as server:
        shake(server.port, severities=(("SMTP403", "warn"),))
    lines = b"\n".join(server.received.lines)
    assert b"MAIL FROM:<open-relay-test@example.com>\nRCPT TO:<open-relay-test@example.net>\nRSET" in lines


@pytest.mark.parametrize(
    "later",
    [
        (*OFFERED, Expect("STARTTLS"), Expect("NOOP"), Send("220 go"), StartTls()),
        (*OFFERED, Expect("STARTTLS"), Send("501 5.5.4 no pipelining")),
        (*OFFERED, Expect("STARTTLS"), Expect("NOOP"), Send("220 go"), Close()),
        (*OFFERED, Expect("STARTTLS"), Expect("NOOP"), Send("220 go"), StartTls(), Close()),
    ],
    ids=["forgets it", "refuses", "hangs up", "hangs up in TLS"],
)
def test_a_server_that_does_not_obey_strangers_passes(shake: Shake, pki: Pki, later: tuple[object, ...]) -> None:
    with FaultServer(LOGGED_IN, later=later, certificate=pki.good) as server:  # type: ignore[arg-type]
        found = shake(server.port, severities=(("SMTP213", "fail"),))
    assert (str(check(found, "SMTP213").status), server.auth_attempts) == ("pass", 1)


def test_a_foreign_sender_that_is_refused_passes_in_the_same_session(shake: Shake, pki: Pki) -> None:
    script = (
        *SENT,
        Send("250 ok"),
        Expect("MAIL FROM:<RECONCILER-NOT-OWNED@EXAMPLE.COM>"),
        Send("553 5.7.1 not owned"),
    )
    with FaultServer((*script, Expect("RSET"), Send("250 ok")), certificate=pki.good) as server:
        found = shake(server.port, level=Level.ENVELOPE, severities=(("SMTP402", "fail"),))
    assert (str(check(found, "SMTP402").status), server.connections, server.auth_attempts) == ("pass", 1, 1)


def test_data_is_broken_off_without_a_message(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        found = shake(server.port, level=Level.ENVELOPE, severities=(("SMTP402", "warn"), ("SMTP405", "warn")))
    assert str(check(found, "SMTP405").status) == "pass"
    assert (server.messages, server.connections, len(server.senders)) == ([], 1, 4)


def test_what_the_level_or_a_stop_keeps_from_being_tried_is_said(shake: Shake, pki: Pki) -> None:
    severities = (("SMTP305", "fail"), ("SMTP402", "fail"))
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        low = shake(server.port, level=Level.TLS, severities=severities)
        wrong = shake(server.port, password="wrong", severities=severities)
    assert [check(low, id_).reason for id_, _ in severities] == [
        "not tried: it needs level auth",
        "not tried: it needs level envelope",
    ]
    assert check(wrong, "SMTP305").reason == "not tried: SMTP302 ended the session"
    assert server.connections == 2


def test_whose_login_it_is_cannot_be_asked_where_nobody_logs_in(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(certificate=pki.good) as server:
        found = shake(server.port, auth=Auth.NONE, level=Level.ENVELOPE, severities=(("SMTP402", "fail"),))
    assert check(found, "SMTP402").reason == "not tried: auth is none, so nobody logs in"
    assert len(server.senders) == 1


def test_the_needs_of_every_opt_in_check_are_known() -> None:
    off = {one.id for one in CATALOGUE.values() if one.severity is CheckSeverity.OFF}
    assert off == set(needs.NEEDS) == {*ALONE, *INSIDE}


def relay(port: int, pki: Pki, **settings: object) -> Relay:
    found = Relay(
        name=None, host="localhost", port=port, encryption=Encryption.STARTTLS, auth=Auth.BASIC, username=USER
    )
    return replace(
        found,
        ca_file=pki.ca_file,
        sender="a@example.com",
        recipient="b@example.com",
        **settings,  # type: ignore[arg-type]
    )


def test_an_opt_in_check_is_done_once_for_a_host(pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD, "other": PASSWORD}, certificate=pki.good) as server:
        first = relay(server.port, pki, severities=(("SMTP403", "fail"),))
        second = replace(first, username="other")

        async def both() -> list[Handshake]:
            budget = Budget()
            found = [await handshakes((one,), SecretValue(PASSWORD), budget=budget) for one in (first, second)]
            return [result for part in found for result in part.values()]

        results = asyncio.run(both())
    assert [str(check(one, "SMTP403").status) for one in results] == ["pass", "pass"]
    assert server.connections == 3


def test_what_one_login_may_send_says_nothing_of_another(pki: Pki) -> None:
    """`shop` may send as itself alone, `other` as anybody."""
    asked = (*SENT, Send("250 ok"), Expect("MAIL"))
    own = (*asked, Send("553 5.7.1 not owned"), Expect("RSET"), Send("250 ok"))
    once = (Send("250 ok"), Expect("RCPT"), Send("250 ok"), Expect("RSET"), Send("250 ok"))
    anybody = (*asked, *once, Expect("MAIL"), *once)
    with FaultServer(own, later=anybody, certificate=pki.good) as server:
        first = relay(server.port, pki, level=Level.ENVELOPE, severities=(("SMTP402", "fail"),))
        results = one_after_the_other(first, replace(first, username="other"))
    assert [str(check(one, "SMTP402").status) for one in results] == ["pass", "fail"]


def one_after_the_other(*relays: Relay) -> list[Handshake]:
    """Sessions of one run."""

    async def run() -> list[Handshake]:
        budget = Budget()
        return [(await handshakes((one,), SecretValue(PASSWORD), budget=budget))[one] for one in relays]

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("id_", "settings", "asked"),
    [
        ("SMTP403", {"username": "other", "sender": "c@example.com", "host": "LOCALHOST."}, 1),
        ("SMTP403", {"port": 465}, 2),
        ("SMTP403", {"via": "ssh://bastion.example.com"}, 2),
        ("SMTP305", {"username": "other"}, 1),
        ("SMTP305", {"recipient": None}, 2),
        ("SMTP402", {"username": "other"}, 2),
        ("SMTP402", {"sender": "c@example.com"}, 2),
        ("SMTP405", {"recipient": "c@example.com"}, 2),
        ("SMTP405", {"name": "same", "ehlo_name": "same.example.com"}, 1),
    ],
)
def test_an_answer_is_shared_by_those_whose_question_it_was(
    pki: Pki, id_: str, settings: dict[str, object], asked: int
) -> None:
    one = relay(25, pki)
    questions = {controls.question(id_, one), controls.question(id_, replace(one, **settings))}  # type: ignore[arg-type]
    assert len(questions) == asked


def test_a_second_login_of_a_user_is_refused_where_auth_is_sent(pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        first = relay(server.port, pki)

        async def both() -> list[Handshake]:
            budget = Budget()
            relays = (first, replace(first, ehlo_name="other.example.com"))
            return [(await handshakes((one,), SecretValue(PASSWORD), budget=budget))[one] for one in relays]

        results = asyncio.run(both())
    assert ([str(one.status) for one in results], server.logins) == (["pass", "inconclusive"], [USER])


def test_envelopes_of_one_server_are_counted(pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        relays = [relay(server.port, pki, level=Level.ENVELOPE)]
        relays += [replace(relays[0], sender=f"{n}@example.com") for n in range(3)]
        found = asyncio.run(handshakes(relays, SecretValue(PASSWORD), budget=Budget(envelopes=2)))
    assert [str(one.status) for one in found.values()] == ["pass", "pass", "inconclusive", "inconclusive"]
    assert len(server.senders) == 2


def test_a_server_that_is_slow_after_tls_is_not_waited_for(shake: Shake, pki: Pki) -> None:
    later = (*OFFERED, Expect("STARTTLS"), Expect("NOOP"), Send("220 go"), StartTls(), Sleep(5))
    with FaultServer(LOGGED_IN, later=later, certificate=pki.good) as server:
        found = shake(server.port, severities=(("SMTP213", "fail"),))
    assert found.took["SMTP213"] < 3000


def test_a_login_that_may_send_as_all_of_its_domain_is_told_as_that(shake: Shake, pki: Pki) -> None:
    once = (Send("250 ok"), Expect("RCPT"), Send("250 ok"), Expect("RSET"), Send("250 ok"))
    script = (*SENT, Send("250 ok"), Expect("MAIL"), *once, Expect("MAIL"), Send("553 5.7.1 not yours"))
    with FaultServer(script, certificate=pki.good) as server:
        found = check(shake(server.port, level=Level.ENVELOPE, severities=(("SMTP402", "fail"),)), "SMTP402")
    assert (found.status, found.reason) == ("info", "this login may send as all of example.com, and as nobody else")


def test_a_recipient_of_the_relay_itself_proves_nothing_of_its_openness(shake: Shake, pki: Pki) -> None:
    bare = (*SECURED, Send("250 relay.lab"), Expect("MAIL"), Send("250 ok"), Expect("RCPT"), Send("250 ok"))
    later = (*bare, Expect("RCPT"), Send("554 5.7.1 Relay access denied"))
    with FaultServer(LOGGED_IN, later=later, certificate=pki.good) as server:
        found = check(shake(server.port, severities=(("SMTP305", "fail"),)), "SMTP305")
    assert (found.status, "to@example.com is the relay's own" in found.reason) == ("pass", True)
