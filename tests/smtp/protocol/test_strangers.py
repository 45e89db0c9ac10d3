"""What answers on a port and is no mail submission: it is named, and the advice fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab.servers.smtp.faults import Close, Expect, FaultServer, Script, Send, Sleep, StartTls
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import ZOO

from reconciler.model.handshake import CheckResult, Encryption, Handshake, Level
from reconciler.smtp.protocol import strangers

Shake = Callable[..., Handshake]
CLEAR = {"encryption": Encryption.NONE, "plaintext": True, "level": Level.CONNECT}


def told(found: Handshake) -> CheckResult:
    return next(check for check in found.checks if check.status in ("fail", "inconclusive"))


@pytest.mark.parametrize(
    ("first", "name"),
    [
        (b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.", "IMAP"),
        (b"+OK POP3 ready", "POP3"),
        (b"SSH-2.0-OpenSSH_9.2p1", "SSH"),
        (b"HTTP/1.1 400 Bad Request", "HTTP"),
        (b"220 ProFTPD Server ready", "FTP"),
        (b"220-FTP server ready", "FTP"),
        (b"220 smtp.example.com ESMTP", None),
        (b"hello", None),
    ],
)
def test_a_protocol_is_known_by_its_first_words(first: bytes, name: str | None) -> None:
    assert strangers.named(first) == name


@pytest.mark.parametrize(
    ("script", "check", "advice"),
    [
        ((Send("* OK Dovecot ready."),), "SMTP101", "this is IMAP, not SMTP: mail submission is usually on port 587"),
        ((Send("SSH-2.0-OpenSSH_9.2p1"),), "SMTP101", "this is SSH, not SMTP"),
        ((Send("220 ProFTPD ready"), Expect("EHLO"), Send("500 EHLO not understood")), "SMTP103", "this is FTP"),
        ((Close(),), "SMTP101", "is this machine's address blocked? Or does the port expect TLS"),
        ((Sleep(5),), "SMTP101", "a silent server may expect TLS from the first byte"),
        ((Send("no idea"),), "SMTP101", "is this an SMTP port"),
    ],
    ids=["IMAP", "SSH", "FTP", "hangs up", "silent", "anything"],
)
def test_the_advice_is_about_what_is_there(shake: Shake, script: Script, check: str, advice: str) -> None:
    with FaultServer(script) as server:
        found = told(shake(server.port, **CLEAR))
    assert (found.id, advice in str(found.advice)) == (check, True), found.advice


def test_half_an_answer_is_the_evidence_of_silence(shake: Shake) -> None:
    with FaultServer((Send("220 hi"), Expect("EHLO"), Send("250-relay.lab", "250-STARTTLS"), Sleep(5))) as server:
        found = told(shake(server.port, **CLEAR))
    assert "no complete answer within" in found.reason
    assert found.evidence == "250-relay.lab\\r\\n250-STARTTLS\\r\\n"


def test_a_silent_port_that_speaks_tls_is_told_for_sure(shake: Shake, pki: Pki) -> None:
    with FaultServer((StartTls(), Send("220 hi")), certificate=pki.good) as server:
        found = shake(server.port, **CLEAR)
    assert "it speaks TLS from the first byte (TLSv1.3): use encryption: tls" in str(told(found).advice)
    assert (told(found).id, server.connections, server.auth_attempts) == ("SMTP101", 2, 0)


def test_no_tls_is_sent_into_a_silent_starttls_port(shake: Shake) -> None:
    with FaultServer((Sleep(5),)) as server:
        found = shake(server.port)
    assert (told(found).id, told(found).status, server.connections) == ("SMTP101", "inconclusive", 1)
    assert (server.received.clear, "verify.timeouts: {banner: 60}" in str(told(found).advice)) == (b"", True)


@pytest.mark.parametrize("fault", ["injected late", "no TLS"])
def test_what_comes_in_place_of_tls_never_advises_what_is_done_already(shake: Shake, pki: Pki, fault: str) -> None:
    with FaultServer(ZOO[fault].script, certificate=pki.good) as server:
        assert "use encryption: starttls" not in str(told(shake(server.port)).advice)


def test_clear_text_in_place_of_tls_is_the_evidence(shake: Shake, pki: Pki) -> None:
    with FaultServer(ZOO["injected late"].script, certificate=pki.good) as server:
        found = told(shake(server.port))
    assert (found.id, found.evidence) == ("SMTP202", "250 injected\\r\\n")
    assert found.reason == "clear text arrived after 220, where TLS was due"
    assert found.advice == (
        "the relay does not start TLS (see its log), or someone in between injects replies: do not use this path"
    )


@pytest.mark.parametrize("pause", [0.0, 0.2])
def test_a_starttls_port_is_told_however_the_banner_comes(shake: Shake, pause: float) -> None:
    with FaultServer((Sleep(pause), Send("220 relay.lab ESMTP"))) as server:
        found = told(shake(server.port, encryption=Encryption.TLS))
    assert (found.id, found.reason) == ("SMTP203", "the server answers in clear text")
    assert (found.evidence, "use encryption: starttls" in str(found.advice)) == ("220 relay.lab ESMTP\\r\\n", True)


def test_a_login_in_clear_that_is_not_offered_names_starttls(shake: Shake) -> None:
    script = (Send("220 hi"), Expect("EHLO"), Send("250-relay.lab", "250 STARTTLS"))
    with FaultServer(script, courteous=True) as server:
        found = shake(server.port, encryption=Encryption.NONE, plaintext=True)
    assert (told(found).id, "use encryption: starttls" in str(told(found).advice)) == ("SMTP300", True)
    assert "no encryption, though STARTTLS is offered" in found.summary
