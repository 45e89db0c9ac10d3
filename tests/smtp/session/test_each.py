"""`--prove-each`: a login of its own for each mechanism that a client takes, and none after a refusal."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from lab.servers.smtp.faults import Expect, FaultServer, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import PASSWORD, SECURED, USER

from reconciler.model.handshake import Auth, CheckResult, CheckStatus, Encryption, Handshake, Relay
from reconciler.model.secret import SecretValue
from reconciler.smtp.record.log import Timeouts
from reconciler.smtp.session.budget import Budget
from reconciler.smtp.session.handshake import handshakes

OFFER = (*SECURED, Send("250-relay.lab", "250 AUTH PLAIN LOGIN"), Expect("AUTH"))
TAKEN = (*OFFER, Send("235 welcome"), Expect("QUIT"), Send("221 bye"))
BY_LOGIN = (*OFFER, Send("334 VXNlcm5hbWU6"), Expect(), Send("334 UGFzc3dvcmQ6"), Expect())
BOTH = ("rails", "gitlab")  # PLAIN alone, LOGIN alone


def proven(server: FaultServer, pki: Pki, *, each: bool = True, **more: Any) -> Handshake:
    relay = Relay(
        name="submission",
        host="localhost",
        port=server.port,
        encryption=Encryption.STARTTLS,
        auth=Auth.BASIC,
        username=USER,
        ca_file=pki.ca_file,
        **{"clients": BOTH, **more},
    )
    quick = Timeouts(quit=0.5, linger=0.2)
    work = handshakes((relay,), SecretValue(PASSWORD), timeouts=quick, budget=Budget(each=each))
    return asyncio.run(work)[relay]


def check(found: Handshake, name: str) -> CheckResult:
    return next(one for one in found.checks if one.id == name)


def logins(server: FaultServer) -> list[bytes]:
    return [line.split()[1] for line in server.received.lines if line.startswith(b"AUTH")]


def test_each_mechanism_gets_a_login_of_its_own(pki: Pki) -> None:
    welcome = (*BY_LOGIN, Send("235 welcome"), Expect("QUIT"), Send("221 bye"))
    with FaultServer(TAKEN, later=welcome, certificate=pki.good) as server:
        found = proven(server, pki)
    assert (logins(server), server.connections) == ([b"PLAIN", b"LOGIN"], 2)
    assert check(found, "SMTP310").status is CheckStatus.PASS
    assert check(found, "SMTP310").reason == (
        "Rails takes AUTH PLAIN, and so was the login; GitLab takes AUTH LOGIN, and so was the login"
    )
    assert "not proven" not in found.summary


def test_without_being_asked_for_there_is_one(pki: Pki) -> None:
    with FaultServer(TAKEN, certificate=pki.good) as server:
        found = proven(server, pki, each=False)
    assert logins(server) == [b"PLAIN"]
    assert check(found, "SMTP310").reason.endswith("GitLab takes AUTH LOGIN: offered, not proven; proven is PLAIN")


def test_a_refusal_of_the_second_mechanism_fails_and_says_whose_it_is(pki: Pki) -> None:
    refused = (*BY_LOGIN, Send("535 5.7.8 no"))
    with FaultServer(TAKEN, later=refused, certificate=pki.good) as server:
        found = proven(server, pki)
    login = check(found, "SMTP302")
    assert (found.status, login.reason) == (
        "fail",
        f"AUTH LOGIN, which GitLab takes: the login as {USER} is refused (535)",
    )


def test_the_first_refusal_is_the_last_login(pki: Pki) -> None:
    three = (*SECURED, Send("250-relay.lab", "250 AUTH PLAIN LOGIN CRAM-MD5"), Expect("AUTH"))
    refused = (*three, Send("535 5.7.8 no"), Expect("QUIT"), Send("221 bye"))
    welcome = (*three, Send("235 welcome"), Expect("QUIT"), Send("221 bye"))
    with FaultServer(welcome, later=refused, certificate=pki.good) as server:
        proven(server, pki, clients=("rails", "gitlab", "odoo"))
    assert logins(server) == [b"PLAIN", b"LOGIN"]


def test_after_a_refused_login_no_other_mechanism_is_tried(pki: Pki) -> None:
    with FaultServer((*OFFER, Send("535 5.7.8 no")), certificate=pki.good) as server:
        found = proven(server, pki)
    assert (found.status, logins(server)) == ("fail", [b"PLAIN"])


@pytest.mark.parametrize("clients", [("rails",), ()], ids=["one client", "none"])
def test_where_nobody_takes_another_there_is_one(pki: Pki, clients: tuple[str, ...]) -> None:
    with FaultServer(TAKEN, certificate=pki.good) as server:
        proven(server, pki, clients=clients)
    assert logins(server) == [b"PLAIN"]
