"""Greylisting is told as such, and asked again once where the reply says when and nobody logs in."""

from __future__ import annotations

from collections.abc import Callable

from lab.servers.smtp.faults import Expect, FaultServer, Script, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import SECURED, TO

from reconciler.model.handshake import Auth, CheckResult, Handshake, Level
from reconciler.smtp.record.log import Timeouts

Shake = Callable[..., Handshake]
BARE: Script = (*SECURED, Send("250 relay.lab"), Expect("MAIL"), Send("250 ok"), Expect("RCPT"))
COME_BACK = Send("450 4.2.0 <to@example.com>: Recipient address rejected: Greylisted, come back in 1 second")
TAKEN: Script = (*BARE, Send("250 ok"), Expect("RSET"), Send("250 ok"))
NOBODY = {"auth": Auth.NONE, "username": None, "level": Level.ENVELOPE}


def rcpt(found: Handshake) -> CheckResult:
    return next(one for one in found.checks if one.id == "SMTP401")


def test_the_second_attempt_comes_when_the_relay_wants_it(calm: Shake, pki: Pki) -> None:
    with FaultServer((*BARE, COME_BACK), later=TAKEN, certificate=pki.good) as server:
        found = calm(server.port, **NOBODY)
    assert (found.status, server.connections) == ("pass", 2)
    assert rcpt(found).reason == "RCPT to@example.com is accepted after 1 s of greylisting"


def test_there_is_no_third(calm: Shake, pki: Pki) -> None:
    with FaultServer((*BARE, COME_BACK), certificate=pki.good) as server:
        found = calm(server.port, **NOBODY)
    assert (found.status, server.connections) == ("inconclusive", 2)
    assert "greylisted: the relay takes a second attempt" in rcpt(found).reason


def test_nobody_waits_longer_than_allowed(calm: Shake, pki: Pki) -> None:
    short = Timeouts(quit=0.5, greylist=0.5)
    with FaultServer((*BARE, COME_BACK), later=TAKEN, certificate=pki.good) as server:
        found = calm(server.port, timeouts=short, **NOBODY)
    assert (found.status, server.connections) == ("inconclusive", 1)


def test_a_login_is_not_made_again_for_it(calm: Shake, pki: Pki) -> None:
    with FaultServer((*TO, COME_BACK), certificate=pki.good) as server:
        found = calm(server.port, level=Level.ENVELOPE)
    assert (found.status, server.connections, server.auth_attempts) == ("inconclusive", 1, 1)
    assert "greylisted" in rcpt(found).reason
