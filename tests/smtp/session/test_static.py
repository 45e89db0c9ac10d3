"""What is known before anything is sent: ports, providers, and what their replies mean."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.model.handshake import Auth, CheckResult, Encryption, Relay
from reconciler.smtp.catalogue import providers
from reconciler.smtp.protocol import answers
from reconciler.smtp.protocol.reply import Reply
from reconciler.smtp.session import static

NOW = date(2026, 11, 20)


def found(
    port: int, encryption: str, auth: str = "none", *, host: str = "relay", allowed: bool = False, today: date = NOW
) -> dict[str, CheckResult]:
    relay = Relay(name=None, host=host, port=port, encryption=Encryption(encryption), auth=Auth(auth))
    return {one.id: one for one in static.checks(relay, today, plaintext_allowed=allowed)}


@pytest.mark.parametrize(
    ("port", "encryption", "auth", "allowed", "status"),
    [
        (465, "tls", "basic", False, "pass"),
        (587, "starttls", "basic", False, "pass"),
        (2525, "starttls", "basic", False, "pass"),
        (25, "starttls", "none", False, "pass"),
        (25, "starttls", "basic", False, "warn"),
        (465, "starttls", "none", False, "warn"),
        (587, "tls", "none", False, "warn"),
        (25, "none", "none", False, "fail"),
        (25, "none", "none", True, "pass"),
    ],
)
def test_port_and_encryption_go_together(port: int, encryption: str, auth: str, allowed: bool, status: str) -> None:
    assert str(found(port, encryption, auth, allowed=allowed)["SMTP001"].status) == status


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 11, 20), "is disabled by default at the end of December 2026"),
        (date(2027, 3, 1), "is disabled by default since the end of December 2026"),
    ],
)
def test_a_password_at_exchange_online_is_a_dated_warning(today: date, said: str) -> None:
    result = found(587, "starttls", "basic", host="SMTP.office365.com.", today=today)["SMTP002"]
    assert (str(result.status), said in result.reason) == ("warn", True)
    assert "second half of 2027" in result.reason
    assert "2026-01-29" in str(result.evidence)


@pytest.mark.parametrize(("host", "auth"), [("smtp.office365.com", "oauth2"), ("relay.example.com", "basic")])
def test_other_logins_and_hosts_are_not_warned(host: str, auth: str) -> None:
    assert "SMTP002" not in found(587, "starttls", auth, host=host)


def test_every_provider_has_a_source_and_dates_in_order() -> None:
    for provider in providers.PROVIDERS:
        assert provider.source
        assert list(provider.notices) == sorted(provider.notices, key=lambda notice: notice.since)


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("535 5.7.3 Authentication unsuccessful [AM0PR01.PROD.OUTLOOK.COM]", "New-ServicePrincipal"),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
            "TransportCon",
        ),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.",
            "CASMailbox",
        ),
        ("535 5.7.139 … user is locked by your organization's security defaults policy.", "security defaults"),
        ("535 5.7.139 … the request did not meet the criteria to be authenticated", "Conditional Access"),
        ("535 5.7.139 something new", "sign-in log"),
        ("550 5.7.30 Basic authentication is not supported for Client Submission.", "auth: oauth2"),
        ("530 5.7.57 Client not authenticated to send mail.", "not logged in"),
        ("504 5.7.4 Unrecognized authentication type", "STARTTLS before AUTH"),
        ("432 4.3.2 Concurrent connections limit exceeded.", "3 concurrent connections"),
        ("554 5.2.252 SendAsDenied; a not allowed to send as b", "SendAs"),
        ("550 5.7.60 SMTP; Client does not have permissions to send as this sender", "SendAs"),
        ("432 4.7.12 A password transition is needed", "log in once with PLAIN"),
        ("534 5.7.9 Authentication mechanism is too weak", "weaker than the server's policy"),
        ("534-5.7.9 Application-specific password required. Learn more at", "app password"),
        ("534-5.7.14 <https://accounts.google.com> Please log in via your web browser and", "in a browser"),
        ("538 5.7.11 Encryption required for requested authentication mechanism", "over an encrypted connection"),
        ("538 Encryption required", "over an encrypted connection"),
        ("523 5.7.10 Encryption Needed", "over an encrypted connection"),
        ("525 5.7.13 User Account Disabled", "the account is disabled"),
        ("535 5.7.13 account disabled", "the account is disabled"),
        ("454 4.7.0 Temporary authentication failure", "Dovecot"),
        ("421 4.3.2 Service not active", "try later"),
        ("451 4.7.500 Server busy", "try later"),
        ("553 5.7.1 <a@b>: Sender address rejected: not owned by user c", "does not own"),
        ("554 5.7.1 <b@c>: Relay access denied", "log in"),
    ],
)
def test_a_reply_is_translated_to_what_to_do(said: str, advice: str) -> None:
    assert advice in str(answers.advice(Reply(code=int(said[:3]), lines=(said.encode(),))))


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("500 5.5.6 Authentication Exchange line is too long", "longer than the server accepts"),
        ("500 5.5.2 Line too long", "longer than the server accepts"),
        ("500 5.5.1 Command unrecognized", "this server does not know AUTH"),
        ("502 5.5.1 Command not implemented", "this server does not know AUTH"),
        ("503 5.5.1 Error: authentication not enabled", "wrong time"),
        ("504 5.5.4 Unrecognized authentication type", "mechanism that it offered"),
        ("504 5.7.4 Unrecognized authentication type", "STARTTLS before AUTH"),
        ("334 ", "keeps asking"),
    ],
)
def test_a_reply_to_a_login_alone_is_translated(said: str, advice: str) -> None:
    reply = Reply(code=int(said[:3]), lines=(said.encode(),))
    assert advice in str(answers.advice(reply, "AUTH"))
    assert "504 5.7.4" in said or answers.advice(reply) is None  # to another command it means something else


def test_a_reply_of_many_lines_is_read_as_one() -> None:
    lines = (b"535-5.7.139 Authentication unsuccessful, SmtpClientAuthentication", b"535 is disabled for the Mailbox.")
    assert "CASMailbox" in str(answers.advice(Reply(code=535, lines=lines)))


@pytest.mark.parametrize("said", ["535 5.7.8 Error: authentication failed", "550 no such user", "250 ok"])
def test_a_reply_that_says_enough_is_left_alone(said: str) -> None:
    assert answers.advice(Reply(code=int(said[:3]), lines=(said.encode(),))) is None


def test_every_meaning_has_a_source() -> None:
    assert all(meaning.source and meaning.advice for meaning in answers.MEANINGS)


def test_a_login_that_has_ended_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = providers.Notice(since=date(2026, 1, 1), said="ended", ended=True)
    gone = providers.Provider(name="Gone", hosts=frozenset({"relay"}), notices=(ended,), source="a page")
    monkeypatch.setattr(providers, "PROVIDERS", (gone,))
    assert str(found(587, "starttls", "basic")["SMTP002"].status) == "fail"
