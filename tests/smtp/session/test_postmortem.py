"""After a failed TLS handshake, one look without credential says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from lab.servers.smtp.faults import Close, Expect, FaultServer, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import HELLO, SECURED, ZOO

from reconciler.model.handshake import CheckResult, Encryption, Handshake
from reconciler.smtp.tls import context as tls
from reconciler.views.handshakes import prometheus

Shake = Callable[..., Handshake]


def check(found: Handshake, wanted: str) -> CheckResult:
    return next(check for check in found.checks if check.id == wanted)


@pytest.mark.parametrize(
    ("certificate", "id_", "reason", "evidence"),
    [
        ("expired", "SMTP206", "the certificate expired 2 days ago (", "valid from "),
        ("not_yet", "SMTP206", "the certificate is not yet valid: it begins on ", "valid from "),
        ("wrong_name", "SMTP205", "not for localhost: the certificate is for elsewhere.example", "elsewhere.example"),
        ("unknown_ca", "SMTP204", "the certificate is not issued by the CAs in ", "the relay sent 1 certificate\n"),
        ("self_signed", "SMTP204", "not issued by the CAs in ", "CN=localhost, issued by CN=localhost"),
        ("weak_key", "SMTP207", "the certificate's key is weak: RSA of 1024 bits", "RSA 1024 bits"),
        ("old_protocol", "SMTP208", "the relay speaks TLSv1.1 at most", "without verification: TLSv1.1, "),
        (
            "no_secrecy",
            "SMTP209",
            "no forward secrecy: TLSv1.2 with AES256-GCM-SHA384",
            "without verification: TLSv1.2",
        ),
    ],
)
def test_the_reason_is_found(shake: Shake, pki: Pki, certificate: str, id_: str, reason: str, evidence: str) -> None:
    with FaultServer(SECURED, certificate=getattr(pki, certificate)) as server:
        found = check(shake(server.port), id_)
    assert (reason in found.reason, evidence in str(found.evidence)) == (True, True), found
    assert (server.connections, server.auth_attempts) == (2, 0)


@pytest.mark.parametrize(("certificate", "days"), [("expired", -3), ("wrong_name", 63), ("unknown_ca", None)])
def test_when_the_certificate_ends_is_told_although_nobody_believes_it(
    shake: Shake, pki: Pki, certificate: str, days: int | None
) -> None:
    with FaultServer(SECURED, certificate=getattr(pki, certificate)) as server:
        found = shake(server.port)
    assert found.status == "fail"
    assert found.certificate
    left = datetime.fromisoformat(found.certificate.expires) - datetime.now(UTC)
    assert days is None or abs(left / timedelta(days=1) - days) < 0.1
    text = prometheus.text([found], now=0)
    assert "reconciler_smtp_certificate_expiry_seconds{" in text


def test_the_second_look_ends_after_tls_and_is_told(shake: Shake, pki: Pki) -> None:
    with FaultServer(SECURED, certificate=pki.wrong_name) as server:
        found = shake(server.port)
    assert [line[:4] for line in server.received.lines] == [b"EHLO", b"STAR"] * 2
    safe = "nothing was sent after the TLS handshake; a second connection, without credentials, looked for the reason; "
    assert check(found, "SMTP301").reason == f"{safe}no credential left this machine"


def test_the_second_look_sees_implicit_tls_too(shake: Shake, pki: Pki) -> None:
    with FaultServer(ZOO["wrong name on a TLS port"].script, certificate=pki.wrong_name) as server:
        found = shake(server.port, encryption=Encryption.TLS)
    assert "elsewhere.example" in check(found, "SMTP205").reason


@pytest.mark.parametrize("fault", ["no TLS", "TLS unanswered", "injected reply", "STARTTLS stripped"])
def test_there_is_no_second_look_where_nobody_speaks_tls(shake: Shake, pki: Pki, fault: str) -> None:
    with FaultServer(ZOO[fault].script, certificate=pki.good) as server:
        shake(server.port)
    assert server.connections == 1


@pytest.mark.parametrize("later", [(Close(),), (*HELLO, Send("250 relay.lab")), (Send("554 no"),)])
def test_a_second_look_that_sees_nothing_changes_nothing(shake: Shake, pki: Pki, later: tuple[object, ...]) -> None:
    with FaultServer(SECURED, certificate=pki.expired, later=later) as server:  # type: ignore[arg-type]
        found = check(shake(server.port), "SMTP206")
    assert (found.reason, found.status) == ("the certificate has expired", "fail")


def test_the_context_that_believes_everything_is_not_the_one_for_logins() -> None:
    assert tls.unverified() is not tls.context(None)
    assert tls.context(None).check_hostname


def test_a_good_certificate_gets_all_its_checks(shake: Shake, pki: Pki) -> None:
    script = (*SECURED, Send("250-relay.lab", "250 AUTH PLAIN"), Expect("AUTH"), Send("235 ok"))
    with FaultServer(script, certificate=pki.good) as server:
        found = shake(server.port)
    passed = [one.id for one in found.checks if one.status == "pass" and one.id.startswith("SMTP2")]
    assert passed == [f"SMTP{number}" for number in (200, 212, 201, 202, 203, 204, 205, 206, 207, 208, 209, 211)]
    assert check(found, "SMTP207").reason == "the certificate's key is secp256r1 of 256 bits"
