"""RSET and QUIT go with RCPT where PIPELINING is offered (RFC 2920), and change nothing of what is found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from lab.servers.smtp.faults import Close, Expect, FaultServer, Script, Send, Sleep
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import PASSWORD, SECURED, USER

from reconciler.model.handshake import Auth, Encryption, Handshake, Level, Relay
from reconciler.model.secret import SecretValue
from reconciler.smtp.session.handshake import handshakes

Shake = Callable[..., Handshake]
OK, RESET, BYE = "250 ok", "250 reset", "221 bye"


def up_to_rcpt(*extensions: str) -> Script:
    offered = ("250-relay.lab", *(f"250-{word}" for word in extensions), "250 AUTH PLAIN")
    return (*SECURED, Send(*offered), Expect("AUTH"), Send("235 ok"), Expect("MAIL"), Send(OK), Expect("RCPT"))


TOGETHER, APART = up_to_rcpt("PIPELINING"), up_to_rcpt()


def found_by(shake: Shake, pki: Pki, script: Script, **settings: object) -> tuple[Handshake, FaultServer]:
    with FaultServer(script, certificate=pki.good) as server:
        return shake(server.port, level=Level.ENVELOPE, **settings), server


def test_rcpt_rset_and_quit_are_one_packet(shake: Shake, pki: Pki) -> None:
    found, server = found_by(shake, pki, (*TOGETHER, Expect("RSET"), Expect("QUIT"), Send(OK, RESET, BYE)))
    assert found.status == "pass"
    assert [step.name for step in found.steps][-2:] == ["RCPT", "RSET"]
    assert [line.split()[0] for line in server.received.lines][-4:] == [b"MAIL", b"RCPT", b"RSET", b"QUIT"]


def test_nothing_is_sent_ahead_where_it_is_not_offered(shake: Shake, pki: Pki) -> None:
    found, server = found_by(shake, pki, (*APART, Expect("RSET"), Send(OK)))
    assert (found.status, server.received.count("RSET")) == ("inconclusive", 0)


@pytest.mark.parametrize(
    ("answers", "worst"),
    [
        ((OK, RESET, BYE), "pass"),
        (("550 5.1.1 unknown", RESET, BYE), "fail"),
        (("451 4.3.0 later", RESET, BYE), "inconclusive"),
        ((OK, "500 what", BYE), "warn"),
        ((OK, "421 closing"), "warn"),
        (("421 closing",), "inconclusive"),
        ((OK,), "inconclusive"),
        ((OK, "nonsense"), "fail"),
    ],
    ids=["good", "refused", "put off", "no RSET", "closing", "closing at once", "hangs up", "nonsense"],
)
def test_the_verdict_is_the_same_as_one_by_one(shake: Shake, pki: Pki, answers: tuple[str, ...], worst: str) -> None:
    one_by_one = [Send(answers[0])]
    for verb, answer in zip(("RSET", "QUIT"), answers[1:], strict=False):
        one_by_one += [Expect(verb), Send(answer)]
    together, _ = found_by(shake, pki, (*TOGETHER, Expect("RSET"), Expect("QUIT"), Send(*answers), Close()))
    apart, _ = found_by(shake, pki, (*APART, *one_by_one, Close()))
    assert [(one.id, str(one.status)) for one in together.checks if one.id != "SMTP404"] == [
        (one.id, str(one.status)) for one in apart.checks if one.id != "SMTP404"
    ]
    assert (str(together.status), together.summary) == (worst, apart.summary)


@pytest.mark.parametrize("answers", [(OK, OK, RESET, BYE), (OK, RESET, BYE, OK)], ids=["in between", "after"])
def test_one_reply_too_many_is_noticed(shake: Shake, pki: Pki, answers: tuple[str, ...]) -> None:
    found, _ = found_by(shake, pki, (*TOGETHER, Expect("RSET"), Expect("QUIT"), Send(*answers)))
    assert (found.status, [check.id for check in found.checks if check.status == "fail"]) == ("fail", ["SMTP104"])


def test_quit_goes_with_the_last_of_several_envelopes(pki: Pki) -> None:
    script = (*TOGETHER, Expect("RSET"), Send(OK, RESET), Expect("MAIL"), Send(OK), Expect("RCPT"), Expect("RSET"))
    with FaultServer((*script, Expect("QUIT"), Send(OK, RESET, BYE)), certificate=pki.good) as server:
        first = Relay(
            name=None,
            host="localhost",
            port=server.port,
            encryption=Encryption.STARTTLS,
            auth=Auth.BASIC,
            username=USER,
            ca_file=pki.ca_file,
            sender="one@example.com",
            recipient="to@example.com",
            level=Level.ENVELOPE,
        )
        relays = (first, replace(first, sender="other@example.com"))
        found = asyncio.run(handshakes(relays, SecretValue(PASSWORD)))
    assert ([one.status for one in found.values()], server.received.count("QUIT")) == (["pass", "pass"], 1)


@pytest.mark.parametrize("script", [TOGETHER, APART], ids=["together", "apart"])
def test_a_late_answer_is_nobody_in_between(shake: Shake, pki: Pki, script: Script) -> None:
    late = (Expect("RSET"), Expect("QUIT")) if script is TOGETHER else ()
    found, _ = found_by(shake, pki, (*script, *late, Sleep(1), Send(OK, RESET, BYE)))
    bad = [(check.id, str(check.status)) for check in found.checks if check.status not in ("pass", "info")]
    assert bad == [("SMTP401", "inconclusive")]
