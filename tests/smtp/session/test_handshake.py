"""Relays that do everything right."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lab.servers.smtp.faults import Close, Expect, FaultServer, Send, StartTls
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.smtp.zoo import HELLO, LOGGED_IN, PASSWORD, SECURED, USER

from reconciler.model.handshake import Auth, Encryption, Handshake, Level, Relay, Status
from reconciler.model.secret import SecretValue
from reconciler.smtp.session.handshake import handshakes

Shake = Callable[..., Handshake]


def steps(found: Handshake) -> list[str]:
    return [step.name for step in found.steps]


def test_starttls_and_plain_prove_the_credential(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as relay:
        found = shake(relay.port)
    assert (found.status, found.summary) == (Status.PASS, "starttls, TLSv1.3, AUTH PLAIN as shop")
    assert steps(found) == ["dns", "tcp", "banner", "EHLO", "STARTTLS", "TLS", "EHLO again", "AUTH"]
    assert (relay.logins, relay.senders) == ([USER], [])


def test_the_certificate_is_evidence_of_its_own(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as relay:
        found = shake(relay.port)
    assert [check.evidence for check in found.checks if check.id == "SMTP206"] == ["certificate 63 days"]


def test_a_certificate_that_ends_this_month_warns(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.twelve_days) as relay:
        found = shake(relay.port)
    warning = next(check for check in found.checks if check.id == "SMTP206")
    assert (found.status, warning.reason[:32]) == (Status.WARN, "certificate expires in 12 days (")
    assert relay.logins == [USER]


@pytest.mark.parametrize("password", [PASSWORD, "s3cret-Pässwörd €", " \t'\"%"], ids=["ascii", "utf-8", "odd"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_each_mechanism_carries_any_password(shake: Shake, pki: Pki, mechanism: str, password: str) -> None:
    with SmtpRelay(users={USER: password}, certificate=pki.good, mechanisms=(mechanism,)) as relay:
        found = shake(relay.port, password=password)
    assert (found.status, found.summary) == (Status.PASS, f"starttls, TLSv1.3, AUTH {mechanism} as shop")


def test_implicit_tls_needs_no_starttls(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, tls="tls", certificate=pki.good) as relay:
        found = shake(relay.port, encryption=Encryption.TLS)
    assert (found.status, found.summary) == (Status.PASS, "tls, TLSv1.3, AUTH PLAIN as shop")
    assert steps(found) == ["dns", "tcp", "TLS", "banner", "EHLO", "AUTH"]


def test_a_password_may_go_in_clear_where_the_caller_allows_it(shake: Shake) -> None:
    with SmtpRelay(users={USER: PASSWORD}, tls="none") as relay:
        found = shake(relay.port, encryption=Encryption.NONE, plaintext=True)
    assert (found.status, found.summary) == (Status.PASS, "no encryption, AUTH PLAIN as shop")


def test_without_auth_the_tls_result_counts(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(certificate=pki.good) as relay:
        found = shake(relay.port, auth=Auth.NONE, username=None)
    assert (found.status, found.summary, relay.logins) == (Status.PASS, "starttls, TLSv1.3", [])


def test_the_envelope_is_accepted_and_nothing_is_sent(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as relay:
        found = shake(relay.port, level=Level.ENVELOPE)
    assert found.summary == "starttls, TLSv1.3, AUTH PLAIN as shop, MAIL RCPT"
    assert (relay.senders, relay.messages) == (["from@example.com"], [])


@pytest.mark.parametrize(
    ("level", "last"),
    [(Level.CONNECT, "EHLO"), (Level.TLS, "EHLO again"), (Level.AUTH, "AUTH"), (Level.ENVELOPE, "RSET")],
)
def test_a_level_is_where_it_stops(shake: Shake, pki: Pki, level: Level, last: str) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as relay:
        found = shake(relay.port, level=level)
    assert (found.status, steps(found)[-1]) == (Status.PASS, last)


def test_level_connect_of_implicit_tls_is_the_tcp_connection(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(tls="tls", certificate=pki.good) as relay:
        found = shake(relay.port, encryption=Encryption.TLS, level=Level.CONNECT)
    assert (found.status, steps(found)) == (Status.PASS, ["dns", "tcp"])
    assert found.summary == "connected; what the relay says comes inside TLS: level tls"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"username": None}, "no login was tried: there is no username"),
        ({"level": Level.ENVELOPE, "recipient": None}, "not tried: there is no recipient"),
    ],
    ids=["no username", "no recipient"],
)
def test_what_cannot_be_proven_is_inconclusive(
    shake: Shake, pki: Pki, settings: dict[str, object], reason: str
) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as relay:
        found = shake(relay.port, **settings)
    assert found.status is Status.INCONCLUSIVE
    assert reason in [check.reason for check in found.checks]


def key_pin(port: int) -> bytes:
    """As openssl computes it: the SHA-256 of the SubjectPublicKeyInfo."""
    certificate = x509.load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", port)).encode())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).digest()


@pytest.mark.parametrize(
    "form",
    [
        lambda pin: f"sha256/{base64.b64encode(pin).decode()}",
        lambda pin: pin.hex(),
        lambda pin: f"sha256:{pin.hex().upper()}",
        lambda pin: pin.hex(":"),
    ],
    ids=["base64", "hex", "prefix", "colons"],
)
def test_a_pin_of_the_key_is_compared_before_the_credential_is_sent(
    shake: Shake, pki: Pki, form: Callable[[bytes], str]
) -> None:
    with SmtpRelay(users={USER: PASSWORD}, tls="tls", certificate=pki.good) as relay:
        right = shake(relay.port, encryption=Encryption.TLS, pins=(form(key_pin(relay.port)), "00"))
        wrong = shake(relay.port, encryption=Encryption.TLS, pins=("00" * 32,))
    assert (right.status, wrong.status, relay.logins) == (Status.PASS, Status.FAIL, [USER])


def test_the_dot_of_an_absolute_name_is_no_part_of_the_certificate(
    shake: Shake, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("127.0.0.1", 0))])
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as relay:
        assert shake(relay.port, host="localhost.").status is Status.PASS


def test_an_address_is_written_as_everywhere_else(shake: Shake) -> None:
    (check,) = (check for check in shake(1, host="::1").checks if check.id == "SMTP100")
    assert check.reason == "no connection to [::1]:1"


def test_capabilities_from_before_tls_are_forgotten(shake: Shake, pki: Pki) -> None:
    offered = (*HELLO, Send("250-relay.lab", "250-AUTH PLAIN", "250 STARTTLS"), Expect("STARTTLS"), Send("220 go"))
    with FaultServer((*offered, StartTls(), Expect("EHLO"), Send("250 relay.lab")), certificate=pki.good) as server:
        found = shake(server.port)
    assert [check.id for check in found.checks if check.status == "fail"] == ["SMTP300"]


def test_a_non_ascii_sender_is_announced(shake: Shake, pki: Pki) -> None:
    script = (
        *SECURED,
        Send("250-relay.lab", "250-SMTPUTF8", "250 AUTH PLAIN"),
        Expect("AUTH"),
        Send("235 welcome"),
        Expect("MAIL"),
        Send("250 ok"),
        Expect("RCPT"),
        Send("250 ok"),
        Expect("RSET"),
        Send("250 ok"),
    )
    with FaultServer(script, certificate=pki.good) as server:
        found = shake(server.port, level=Level.ENVELOPE, sender="jürgen@example.com")
    assert found.status is Status.PASS
    assert "MAIL FROM:<jürgen@example.com> SMTPUTF8".encode() in server.received.lines


def test_relays_that_share_a_login_share_its_session(pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        first = Relay(
            name="a", host="localhost", port=server.port, encryption=Encryption.STARTTLS, auth=Auth.BASIC, username=USER
        )
        first = replace(
            first, ca_file=pki.ca_file, level=Level.ENVELOPE, sender="a@example.com", recipient="p@example.com"
        )
        second = replace(first, name="b", sender="b@example.com")
        third = replace(first, name="c", sender=None, level=Level.TLS)
        bare = replace(first, name="d", sender=None)
        found = asyncio.run(handshakes((first, second, third, bare), SecretValue(PASSWORD)))
    assert (server.connections, server.logins, server.senders) == (1, [USER], ["a@example.com", "b@example.com"])
    assert [found[relay].status for relay in (first, second, third, bare)] == ["pass", "pass", "pass", "inconclusive"]
    assert found[third].summary == "starttls, TLSv1.3"


def two_senders(port: int, pki: Pki) -> tuple[Relay, Relay]:
    first = Relay(
        name="a",
        host="localhost",
        port=port,
        encryption=Encryption.STARTTLS,
        auth=Auth.BASIC,
        username=USER,
        ca_file=pki.ca_file,
        sender="a@example.com",
        recipient="p@example.com",
        level=Level.ENVELOPE,
    )
    return first, replace(first, name="b", sender="b@example.com")


def test_a_refused_sender_does_not_stop_the_next(pki: Pki) -> None:
    refused = (Expect("MAIL"), Send("550 5.7.1 no"), Expect("RSET"), Send("250 ok"))
    accepted = (Expect("MAIL"), Send("250 ok"), Expect("RCPT"), Send("250 ok"), Expect("RSET"), Send("250 ok"))
    with FaultServer((*LOGGED_IN, *refused, *accepted), certificate=pki.good) as server:
        found = asyncio.run(handshakes(two_senders(server.port, pki), SecretValue(PASSWORD)))
    assert ([result.status for result in found.values()], server.auth_attempts) == (["fail", "pass"], 1)


def test_a_sender_after_a_lost_connection_is_not_tried(pki: Pki) -> None:
    with FaultServer((*LOGGED_IN, Expect("MAIL"), Close()), certificate=pki.good) as server:
        found = asyncio.run(handshakes(two_senders(server.port, pki), SecretValue(PASSWORD)))
    assert [result.checks[-2].reason for result in found.values()] == [
        "MAIL: the server closed the connection",
        "not tried: the session had ended",
    ]
