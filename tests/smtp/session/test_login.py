"""Mechanisms: what is sent, what is chosen, and what a refusal tells."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from lab.servers.smtp.faults import Expect, FaultServer, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import HELLO, PASSWORD, REASON, SECURED, TOKEN, USER, XBEARER

from reconciler.model.handshake import Auth, CheckResult, CheckStatus, Encryption, Handshake, Status
from reconciler.model.secret import SecretValue
from reconciler.smtp.protocol import sasl

Shake = Callable[..., Handshake]
CHALLENGE = b"<1896.697170952@relay.lab>"


def check(found: Handshake, wanted: str) -> CheckResult:
    return next(check for check in found.checks if check.id == wanted)


def offering(*mechanisms: str) -> tuple[Any, ...]:
    return (*SECURED, Send("250-relay.lab", f"250 AUTH {' '.join(mechanisms)}"), Expect("AUTH"))


def told(server: FaultServer) -> list[bytes]:
    """What the client said from AUTH on."""
    lines = server.received.lines
    return lines[next(at for at, line in enumerate(lines) if line.startswith(b"AUTH")) :]


@pytest.mark.parametrize("password", [PASSWORD, "s3cret-Pässwörd €"], ids=["ascii", "utf-8"])
def test_cram_md5_answers_the_challenge_and_never_shows_the_password(shake: Shake, pki: Pki, password: str) -> None:
    script = (*offering("CRAM-MD5"), Send("334 PDE4OTYuNjk3MTcwOTUyQHJlbGF5LmxhYj4="), Expect(), Send("235 welcome"))
    with FaultServer(script, certificate=pki.good) as server:
        found = shake(server.port, password=password)
    digest = hmac.new(password.encode(), CHALLENGE, hashlib.md5).hexdigest()
    assert (found.status, b64decode(told(server)[1]).decode()) == (Status.PASS, f"{USER} {digest}")


def test_oauthbearer_is_written_as_rfc_7628_says(shake: Shake, pki: Pki) -> None:
    with FaultServer((*offering("XOAUTH2", "OAUTHBEARER"), Send("235 ok")), certificate=pki.good) as server:
        found = shake(server.port, password=TOKEN, auth=Auth.OAUTH2, username="a=b,c@example.com")
    sent = b64decode(told(server)[0].removeprefix(b"AUTH OAUTHBEARER ")).decode()
    assert sent == f"n,a=a=3Db=2Cc@example.com,\1host=localhost\1port={server.port}\1auth=Bearer {TOKEN}\1\1"
    assert found.summary == "starttls, TLSv1.3, AUTH OAUTHBEARER as a=b,c@example.com"


def test_xoauth2_is_written_as_exchange_wants_it(shake: Shake, pki: Pki) -> None:
    with FaultServer((*offering("LOGIN", "XOAUTH2"), Send("235 ok")), certificate=pki.good) as server:
        found = shake(server.port, password=TOKEN, auth=Auth.OAUTH2)
    sent = b64decode(told(server)[0].removeprefix(b"AUTH XOAUTH2 ")).decode()
    assert (sent, found.status) == (f"user={USER}\1auth=Bearer {TOKEN}\1\1", Status.PASS)


def test_the_reason_in_a_334_is_decoded_and_shown(shake: Shake, pki: Pki) -> None:
    with FaultServer((*XBEARER, REASON, Expect("\r"), Send("535 5.7.8 no")), certificate=pki.good) as server:
        found = shake(server.port, password=TOKEN, auth=Auth.OAUTH2)
    refused = check(found, "SMTP302")
    assert refused.reason == f"the login as {USER} is refused (535: status 401, schemes bearer, scope mail)"
    assert refused.evidence == "status 401, schemes bearer, scope mail\n535 5.7.8 no"


def test_without_encryption_the_mechanism_that_hides_the_password_is_taken(shake: Shake) -> None:
    script = (*HELLO, Send("250-relay.lab", "250 AUTH PLAIN LOGIN CRAM-MD5"), Expect("AUTH CRAM-MD5"), Send("535 no"))
    with FaultServer(script) as server:
        shake(server.port, encryption=Encryption.NONE, plaintext=True)
    assert told(server)[0] == b"AUTH CRAM-MD5"


@pytest.mark.parametrize(
    ("offered", "auth", "advice"),
    [
        ("NTLM GSSAPI", Auth.BASIC, "NTLM wants a Windows domain login"),
        ("XOAUTH2", Auth.BASIC, "auth: oauth2"),
        ("PLAIN LOGIN", Auth.OAUTH2, "auth: basic"),
    ],
)
def test_what_is_offered_instead_is_said(shake: Shake, pki: Pki, offered: str, auth: Auth, advice: str) -> None:
    with FaultServer(offering(*offered.split()), certificate=pki.good) as server:
        found = shake(server.port, auth=auth, password=TOKEN)
    assert advice in str(check(found, "SMTP300").advice)
    assert server.auth_attempts == 0


@pytest.mark.parametrize("token", ["", "a b", "a\1b", "a\r\nb", "tökén"], ids=["empty", "blank", "ctrl", "crlf", "utf"])
def test_a_token_that_could_add_fields_is_refused(shake: Shake, token: str) -> None:
    assert check(shake(1, auth=Auth.OAUTH2, password=token), "SMTP301").status is CheckStatus.FAIL


def test_a_token_never_goes_over_an_unencrypted_connection(shake: Shake) -> None:
    with FaultServer(HELLO) as server:
        found = shake(server.port, encryption=Encryption.NONE, auth=Auth.OAUTH2, password=TOKEN)
    assert (check(found, "SMTP301").status, server.connections) == (CheckStatus.FAIL, 0)


@pytest.mark.parametrize("challenge", [b"not base64!", b""], ids=["not base64", "empty"])
def test_a_bad_challenge_is_not_answered(challenge: bytes) -> None:
    with pytest.raises(sasl.BadChallenge):
        sasl.cram_md5(USER, SecretValue(PASSWORD), challenge)


@pytest.mark.parametrize(
    "answer",
    [
        "534 5.7.9 too weak",
        "538 5.7.11 Encryption required",
        "525 5.7.13 User Account Disabled",
        "500 what?",
        "503 5.5.1 Error: authentication not enabled",
        "334 ",
    ],
)
def test_a_refusal_that_says_nothing_of_the_password_does_not_ask_for_another(
    shake: Shake, pki: Pki, answer: str
) -> None:
    with FaultServer((*offering("PLAIN"), Send(answer)), certificate=pki.good) as server:
        found = shake(server.port)
    refused = check(found, "SMTP302")
    assert (refused.status, server.auth_attempts) == (CheckStatus.FAIL, 1)
    assert refused.advice
    assert "compare username and password" not in refused.advice


def test_a_servers_words_do_not_colour_the_terminal(shake: Shake, pki: Pki) -> None:
    with FaultServer(offering("\x1b[31mNTLM"), certificate=pki.good) as server:
        found = shake(server.port)
    assert check(found, "SMTP300").evidence == "AUTH \\x1b[31MNTLM"


@pytest.mark.parametrize("mechanism", ["plain", "login", "cram-md5"])
def test_a_declared_mechanism_is_the_one_that_is_proven(shake: Shake, pki: Pki, mechanism: str) -> None:
    with FaultServer((*offering("CRAM-MD5", "PLAIN", "LOGIN"), Send("535 no")), certificate=pki.good) as server:
        shake(server.port, mechanism=mechanism)
    assert told(server)[0].split()[:2] == [b"AUTH", mechanism.upper().encode()]


def test_a_declared_mechanism_that_is_not_offered_ends_before_the_login(shake: Shake, pki: Pki) -> None:
    with FaultServer(offering("PLAIN", "CRAM-MD5"), certificate=pki.good) as server:
        found = shake(server.port, mechanism="login")
    missing = check(found, "SMTP300")
    assert (missing.status, missing.reason) == (CheckStatus.FAIL, "LOGIN is declared, and not offered")
    assert server.auth_attempts == 0
