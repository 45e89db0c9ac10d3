"""What a real Postfix with a real Dovecot says, and how the handshake reads it. Postfix itself counts the commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from lab.servers.entra.grants import Client
from lab.servers.entra.server import TENANT, EntraServer
from lab.servers.mta import USERS, Mta
from support.entra_clients import CLIENT, SECRET, Vault

from reconciler.model.handshake import Auth, CheckResult, Encryption, Handshake, Level, OAuth2, Policy, Relay
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.oauth.tokens import Tokens
from reconciler.pipeline.verify import handshakes as verify
from reconciler.pipeline.verify.run_memory import Memory
from reconciler.smtp.protocol import sasl
from reconciler.smtp.record.log import Timeouts
from reconciler.smtp.session import handshake

USER = "app@lab.test"
PASSWORD = USERS[USER]  # with letters outside ASCII
REF = SecretRef(store="default", path="mail/submission", key="password")
PATIENT = Timeouts()
Login = Callable[..., Handshake]
MISSING = Mta.missing()
needs_mta = pytest.mark.skipif(MISSING is not None, reason=f"no real relay: {MISSING}")


def relay(mta: Mta, port: int, **settings: object) -> Relay:
    declared: dict[str, object] = {
        "name": "submission",
        "host": "localhost",
        "port": port,
        "encryption": Encryption.STARTTLS,
        "auth": Auth.BASIC,
        "username": USER,
        "password": REF,
        "ca_file": mta.ca_file,
        "sender": USER,
        "recipient": "postmaster@example.com",
        "level": Level.ENVELOPE,
    }
    return Relay(**(declared | settings))  # type: ignore[arg-type]


@pytest.fixture
def login(mta: Mta) -> Login:
    def run(port: int, credential: str = PASSWORD, timeouts: Timeouts = PATIENT, **settings: object) -> Handshake:
        declared = relay(mta, port, **settings)
        return asyncio.run(handshake.handshake(declared, SecretValue(credential), timeouts=timeouts))

    return run


def bad(found: Handshake) -> list[tuple[str, str]]:
    return [(check.id, str(check.status)) for check in found.checks if check.status not in ("pass", "info")]


def check(found: Handshake, wanted: str) -> CheckResult:
    return next(check for check in found.checks if check.id == wanted)


@pytest.mark.parametrize("mechanism", sasl.BASIC)
def test_a_password_is_proven_to_the_envelope_in_one_attempt(mta: Mta, login: Login, mechanism: str) -> None:
    found = login(mta.only[mechanism])
    assert (bad(found), found.summary) == ([], f"starttls, TLSv1.3, AUTH {mechanism} as {USER}, MAIL RCPT")
    assert mta.sessions()[-1] == {
        "ehlo": "2", "starttls": "1", "auth": "1", "mail": "1", "rcpt": "1", "rset": "1", "quit": "1", "commands": "8"
    }  # fmt: skip


@pytest.mark.parametrize("mechanism", sasl.OAUTH2)
def test_a_token_of_msal_is_proven_to_the_envelope_in_one_attempt(mta: Mta, entra: EntraServer, mechanism: str) -> None:
    oauth2 = OAuth2(
        provider="entra",
        client_id=CLIENT,
        tenant_id=TENANT,
        authority_host=entra.authority_host,
        client_secret=REF,
        ca_file=entra.ca_file,
    )
    declared = relay(mta, mta.only[mechanism], auth=Auth.OAUTH2, oauth2=oauth2)
    vault = Vault(values={REF: SECRET})
    tokens = Tokens(vault, environ={})
    found = verify.handshakes([declared], vault, Policy(), memory=Memory(tokens=tokens))[declared]
    assert (bad(found), found.summary) == ([], f"starttls, TLSv1.3, AUTH {mechanism} as {USER}, MAIL RCPT")
    assert mta.sessions()[-1]["auth"] == "1"


def test_implicit_tls_is_proven_to_the_envelope(mta: Mta, login: Login) -> None:
    found = login(mta.implicit, encryption=Encryption.TLS)
    assert (bad(found), found.summary) == ([], f"tls, TLSv1.3, AUTH PLAIN as {USER}, MAIL RCPT")


@pytest.mark.parametrize("mechanism", sasl.BASIC)
def test_a_wrong_password_is_tried_once(mta: Mta, login: Login, mechanism: str) -> None:
    found = login(mta.only[mechanism], "battery staple")
    assert bad(found) == [("SMTP302", "fail")]
    assert str(check(found, "SMTP302").evidence).startswith("535 5.7.8 Error: authentication failed:")
    assert mta.sessions()[-1]["auth"] == "0/1"


@pytest.mark.parametrize("mechanism", sasl.OAUTH2)
@pytest.mark.parametrize(
    "fault",
    [{"key": generate_private_key(65537, 2048)}, {"lifetime": -30}, {"extra": {"preferred_username": "ceo@lab.test"}}],
    ids=["another key", "expired", "another user"],
)
def test_a_token_that_dovecot_does_not_believe_is_tried_once(
    mta: Mta, login: Login, entra: EntraServer, mechanism: str, fault: dict[str, Any]
) -> None:
    token = replace(entra.tenant, **fault).token(
        Client(id=CLIENT), "https://outlook.office365.com", issuer=entra.issuer
    )
    found = login(mta.only[mechanism], token, auth=Auth.OAUTH2)
    assert bad(found) == [("SMTP302", "fail")]
    assert {"XOAUTH2": "status 401", "OAUTHBEARER": "status invalid_token"}[mechanism] in check(found, "SMTP302").reason
    assert mta.sessions()[-1]["auth"] == "0/1"
    assert token not in repr(found)


@pytest.mark.parametrize("mechanism", sasl.OAUTH2)
def test_a_token_too_long_for_the_line_of_auth_is_proven_in_one_attempt(
    mta: Mta, login: Login, entra: EntraServer, mechanism: str
) -> None:
    tenant = replace(entra.tenant, extra={"groups": "g" * 4000})
    token = tenant.token(Client(id=CLIENT), "https://outlook.office365.com", issuer=entra.issuer)
    found = login(mta.only[mechanism], token, auth=Auth.OAUTH2)
    assert (bad(found), mta.sessions()[-1]["auth"], len(token) > 5000) == ([("SMTP306", "warn")], "1", True)


def test_a_sender_of_another_user_is_refused_at_rcpt(mta: Mta, login: Login) -> None:
    found = login(mta.submission, sender="ceo@lab.test")
    assert bad(found) == [("SMTP401", "fail")]
    assert "not owned by user" in str(check(found, "SMTP401").evidence)


@pytest.mark.parametrize("listener", ["submission", "plain"])
def test_a_relay_that_wants_a_login_says_so_at_rcpt(mta: Mta, login: Login, listener: str) -> None:
    found = login(getattr(mta, listener), auth=Auth.NONE, sender="from@example.com")
    said = {"submission": "554 5.7.1", "plain": "Relay access denied"}[listener]
    assert (bad(found), said in str(check(found, "SMTP401").evidence)) == ([("SMTP401", "fail")], True)


def test_a_recipient_of_its_own_domain_needs_no_login(mta: Mta, login: Login) -> None:
    found = login(mta.plain, auth=Auth.NONE, sender="from@example.com", recipient="postmaster@lab.test")
    assert (bad(found), found.summary) == ([], "starttls, TLSv1.3, MAIL RCPT")


def test_a_listener_without_auth_is_not_given_the_password(mta: Mta, login: Login) -> None:
    assert bad(login(mta.plain)) == [("SMTP300", "fail")]
    assert "auth" not in mta.sessions()[-1]


def test_tls_on_a_starttls_port_fails(mta: Mta, login: Login) -> None:
    found = login(mta.submission, encryption=Encryption.TLS)
    assert bad(found) == [("SMTP203", "fail")]
    assert "encryption: starttls" in str(check(found, "SMTP203").advice)


def test_starttls_on_a_tls_port_meets_silence(mta: Mta, login: Login) -> None:
    found = login(mta.implicit, timeouts=Timeouts(banner=0.4))
    assert bad(found) == [("SMTP101", "inconclusive")]
    assert "encryption: tls" in str(check(found, "SMTP101").advice)


def test_a_host_that_is_not_in_the_certificate_gets_no_password(mta: Mta, login: Login) -> None:
    before = len(mta.sessions())
    assert bad(login(mta.submission, host="127.0.0.1")) == [("SMTP205", "fail")]
    looked = mta.sessions()[before:]  # once, and once more without a credential to see what is wrong
    assert (bool(looked), any("auth" in session for session in looked)) == (True, False)


@needs_mta
def test_a_relay_that_punishes_wrong_passwords_is_inconclusive_for_the_right_one() -> None:
    """Dovecot lets an address wait; after 10 s Postfix answers 454, and the password was right all the time."""
    with Mta(penalty=True) as strict:
        strict.punish()
        declared = relay(strict, strict.submission, level=Level.AUTH)
        found = asyncio.run(handshake.handshake(declared, SecretValue(PASSWORD)))
        assert strict.sessions()[-1]["auth"] == "0/1"
    assert bad(found) == [("SMTP303", "inconclusive")]
    assert str(check(found, "SMTP303").evidence).startswith("454 4.7.0 Temporary authentication failure")


@needs_mta
def test_a_run_spends_one_of_postfix_s_flow_tokens_for_all_that_share_an_envelope() -> None:
    """Postfix has as many tokens as processes; when they are spent, RCPT takes 1 s until a real message comes."""
    with Mta(options={"default_process_limit": "2"}) as small:
        relays = [relay(small, small.submission, name=f"target {number}") for number in range(6)]
        for run, waits in enumerate((False, False, True)):
            found = verify.handshakes(relays, Vault(values={REF: PASSWORD}), Policy())
            slowest = max(step.ms for one in found.values() for step in one.steps if step.name == "RCPT")
            assert (len(small.sessions()), small.sessions()[-1]["rcpt"], slowest > 900) == (run + 1, "1", waits)
