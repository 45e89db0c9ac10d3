"""Relays that are well, and faults that look like others: what a verdict must not say, and what it must."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab.servers.smtp.faults import Expect, FaultServer, Script, Send, Sleep, StartTls
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import HELLO, LOGGED_IN, SECURED, TO

from reconciler.model.handshake import Auth, CheckResult, Encryption, Handshake, Level
from reconciler.smtp.tls import certificate

Shake = Callable[..., Handshake]
CLEAR = {"encryption": Encryption.NONE, "auth": Auth.NONE, "username": None, "plaintext": True}
DAY = 86400.0


def check(found: Handshake, wanted: str) -> CheckResult:
    return next(one for one in found.checks if one.id == wanted)


@pytest.mark.parametrize(
    ("life", "left", "status"),
    [
        (7, 6, "pass"),
        (7, 3, "pass"),
        (7, 2, "warn"),
        (7, 1, "fail"),
        (45, 20, "pass"),
        (45, 14, "warn"),
        (45, 7.4, "warn"),
        (45, 6, "fail"),
        (90, 31, "pass"),
        (90, 29, "warn"),
        (398, 100, "pass"),
        (398, 29, "warn"),
        (398, 8, "warn"),
        (398, 6, "fail"),
    ],
)
def test_a_certificate_is_judged_by_the_share_of_its_own_life(life: float, left: float, status: str) -> None:
    assert certificate.expiry(0, life * DAY, (life - left) * DAY).status == status


@pytest.mark.parametrize(("offered", "status"), [("CRAM-MD5 SCRAM-SHA-256 NTLM", "pass"), ("PLAIN", "warn")])
def test_only_logins_that_show_the_password_matter_before_tls(calm: Shake, pki: Pki, offered: str, status: str) -> None:
    before: Script = (*HELLO, Send("250-relay.lab", f"250-AUTH {offered}", "250 STARTTLS"))
    with FaultServer((*before, *LOGGED_IN[3:]), certificate=pki.good) as server:
        found = calm(server.port)
    assert (check(found, "SMTP212").status, found.status) == (status, status)


def test_a_relay_that_makes_strangers_wait_is_well(calm: Shake, pki: Pki) -> None:
    with FaultServer((Sleep(0.3), *LOGGED_IN), certificate=pki.good) as server:
        assert calm(server.port).status == "pass"


def test_helo_is_said_where_ehlo_is_unknown(calm: Shake) -> None:
    helo: Script = (*HELLO, Send("502 5.5.2 Error: command not recognized"), Expect("HELO"), Send("250 old.lab"))
    with FaultServer((*helo, *TO[len(LOGGED_IN) :], Send("250 ok")), courteous=True) as server:
        found = calm(server.port, level=Level.ENVELOPE, **CLEAR)
    assert (found.status, check(found, "SMTP103").reason) == ("warn", "HELO only: no TLS, no login")
    assert check(found, "SMTP401").status == "pass"


def test_ehlo_that_is_refused_for_its_name_is_not_tried_as_helo(calm: Shake) -> None:
    with FaultServer(
        (*HELLO, Send("504 5.5.2 <shop>: Helo command rejected: need fully-qualified hostname"))
    ) as server:
        found = check(calm(server.port, ehlo_name="shop"), "SMTP103")
    assert (found.status, found.about, server.received.count("HELO")) == ("fail", "this machine", 0)
    assert "ehlo_name" in str(found.advice)


def test_ehlo_that_is_put_off_names_ehlo_name_too(calm: Shake) -> None:
    with FaultServer((*HELLO, Send("421 4.7.0 Try again later, closing connection."))) as server:
        found = check(calm(server.port), "SMTP103")
    assert (found.status, "ehlo_name" in str(found.advice)) == ("inconclusive", True)


def test_starttls_that_is_not_used_is_told_for_another_machine(calm: Shake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("127.0.0.1", 0))])
    with FaultServer((*HELLO, Send("250-relay.lab", "250 STARTTLS")), courteous=True) as server:
        far = calm(server.port, host="relay.test", **CLEAR)
    with FaultServer((*HELLO, Send("250-relay.lab", "250 STARTTLS")), courteous=True) as server:
        near = calm(server.port, **CLEAR)
    assert (check(far, "SMTP200").status, near.status) == ("warn", "pass")


@pytest.mark.parametrize(
    ("offered", "advice"),
    [
        ("250-relay.lab|250 STARTTLS", "use encryption: starttls"),
        ("250 relay.lab", "have TLS enabled on this listener"),
    ],
)
def test_a_clear_listener_on_a_tls_port_is_asked_what_it_offers(calm: Shake, offered: str, advice: str) -> None:
    with FaultServer((*HELLO, Send(*offered.split("|"))), courteous=True) as server:
        found = calm(server.port, encryption=Encryption.TLS)
    assert advice in str(check(found, "SMTP203").advice)
    assert (server.connections, server.auth_attempts) == (2, 0)


def test_a_terminator_of_tls_is_told_as_one(calm: Shake, pki: Pki) -> None:
    behind: Script = (StartTls(), *HELLO, Send("250-relay.lab", "250 STARTTLS"))
    with FaultServer(behind, certificate=pki.good) as server:
        found = calm(server.port, encryption=Encryption.TLS)
    assert "something in front of the server ends TLS" in str(check(found, "SMTP300").advice)


@pytest.mark.parametrize(
    ("offers", "reply", "advice"),
    [
        ("250 relay.lab", "530 5.7.0 Authentication required", "inside TLS it usually does"),
        ("250 AUTH PLAIN", "530 5.7.0 Authentication required", "the relay offers one"),
        ("250 AUTH PLAIN", "550 mailbox unavailable", "spelled right"),
    ],
)
def test_mail_without_a_login_is_told_what_is_missing(calm: Shake, offers: str, reply: str, advice: str) -> None:
    script: Script = (
        *HELLO,
        Send("250-relay.lab", offers),
        Expect("MAIL"),
        Send("250 ok"),
        Expect("RCPT"),
        Send(reply),
    )
    with FaultServer(script) as server:
        found = calm(server.port, level=Level.ENVELOPE, **CLEAR)
    assert advice in str(check(found, "SMTP401").advice)


def test_a_login_that_may_not_relay_is_not_told_to_log_in(calm: Shake, pki: Pki) -> None:
    with FaultServer((*TO, Send("550 5.7.1 relay access denied")), certificate=pki.good) as server:
        found = check(calm(server.port, level=Level.ENVELOPE), "SMTP401")
    assert "the login was accepted and may not relay" in str(found.advice)


def test_a_login_outside_ascii_is_told_where_it_is_refused(calm: Shake, pki: Pki) -> None:
    asked: Script = (*SECURED, Send("250-relay.lab", "250 AUTH PLAIN"), Expect("AUTH"), Send("535 5.7.8 no"))
    with FaultServer(asked, certificate=pki.good) as server:
        found = check(calm(server.port, password="pässword"), "SMTP302")
    assert "outside ASCII" in str(found.advice)


def test_what_the_wire_cannot_tell_is_said(calm: Shake, pki: Pki) -> None:
    banner: Script = (Send("220 mail.lab ESMTP Postfix"), *SECURED[1:])
    script: Script = (*banner, Send("250-relay.lab", "250 AUTH PLAIN"), Expect("AUTH"), Send("535 5.7.8 Error: no"))
    with FaultServer(script, certificate=pki.good) as server:
        found = check(calm(server.port), "SMTP302")
    assert "Postfix before Dovecot answers the same when Dovecot's backend is down" in str(found.advice)


def test_silence_of_a_relay_that_is_declared_for_starttls_leaves_no_trace_of_tls(shake: Shake) -> None:
    with FaultServer(()) as server:
        found = shake(server.port)
    assert (found.status, server.connections, server.received.clear) == ("inconclusive", 1, b"")
