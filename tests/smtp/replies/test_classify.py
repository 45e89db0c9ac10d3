"""Refusals are named by their cause: real ones, each with where it was published."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.smtp.protocol.reply import Reply
from reconciler.smtp.replies import causes, codes, login_texts, mail_texts, provider_rows, reply_rows
from reconciler.smtp.replies.causes import CAUSES, Matter
from reconciler.smtp.replies.classify import Meaning, meaning, provider

HERE = Path(__file__).parent
ROWS = (*login_texts.ROWS, *login_texts.BY_CODE, *mail_texts.ROWS, *mail_texts.BY_CODE, *reply_rows.ROWS)


def said(text: str, verb: str = "AUTH", **given: str) -> Meaning | None:
    lines = tuple(line.encode() for line in text.split("\\n"))
    return meaning(Reply(code=int(text[:3]), lines=lines), verb, **given)


def cases(name: str) -> list[tuple[str, str, list[str]]]:
    """Verb, reply, and the causes that are right."""
    lines = (line for line in (HERE / name).read_text().splitlines() if not line.startswith("#"))
    rows = [line.split("\t") for line in lines]
    assert all(len(row) == 4 and row[3] for row in rows), "each row has a source"
    return [(verb, reply, right.split("/")) for verb, reply, right, _ in rows]


def misnamed(name: str) -> list[str]:
    found = [(verb, reply, right, said(reply, verb)) for verb, reply, right in cases(name)]
    return [f"{verb} {reply}" for verb, reply, right, one in found if one is None or one.cause.name not in right]


def test_replies_of_bounce_corpora_are_named() -> None:
    assert len(cases("field.tsv")) == 41
    assert misnamed("field.tsv") == []


def test_replies_of_providers_pages_are_named() -> None:
    total = len(cases("public.tsv"))
    assert total >= 150
    assert len(wrong := misnamed("public.tsv")) <= 0.05 * total, "\n".join(wrong)


@pytest.mark.parametrize(
    ("reply", "verb", "matter"),
    [
        ("535 5.7.8 Error: authentication failed", "AUTH", Matter.LOGIN),
        ("553 5.7.1 <a@b>: Sender address rejected: not owned by user c", "RCPT", Matter.SENDER),
        ("550 5.1.1 <a@b>: Recipient address rejected: User unknown", "RCPT", Matter.RECIPIENT),
        ("554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied", "RCPT", Matter.MACHINE),
        ("554 5.7.1 <shop>: Helo command rejected: Access denied", "RCPT", Matter.MACHINE),
        ("552 5.3.4 Message size exceeds fixed limit", "MAIL", Matter.CONTENT),
        ("550 5.4.5 Daily user sending limit exceeded", "MAIL", Matter.QUOTA),
        ("450 4.2.0 <a@b>: Recipient address rejected: Greylisted", "RCPT", Matter.RELAY),
        ("451 Secure connection required", "MAIL", Matter.ENCRYPTION),
    ],
)
def test_a_refusal_says_whose_matter_it_is(reply: str, verb: str, matter: Matter) -> None:
    found = said(reply, verb)
    assert found is not None
    assert found.cause.matter is matter


@pytest.mark.parametrize(
    ("reply", "verb", "lasts"),
    [
        ("454 4.7.1 <a@b>: Relay access denied", "RCPT", True),
        ("450 4.1.8 <a@b>: Sender address rejected: Domain not found", "RCPT", True),
        ("451 5.7.3 STARTTLS is required to send mail", "MAIL", True),
        ("421 4.7.1 mail.example Error: No client certificate presented", "EHLO", True),
        ("421 4.7.1 No required SSL certificate was sent", "AUTH", True),
        ("421 4.7.0 no reverse DNS for 192.0.2.7", "CONNECT", True),
        ("454 4.7.0 invalid username or password", "AUTH", True),
        ("451 4.0.0 not allowed", "MAIL", True),
        ("451 4.0.0 not allowed", "RCPT", True),
        ("454 4.7.0 Temporary authentication failure: Connection lost to authentication server", "AUTH", False),
        ("535 5.7.8 Error: authentication failed: Connection lost to authentication server", "AUTH", False),
        ("450 4.7.0 Greylisted", "RCPT", False),
        ("550 greylisted, try again", "RCPT", False),
        ("421 4.3.2 too many connections", "CONNECT", False),
        ("451 4.3.0 queue file write error, try later", "RCPT", False),
    ],
)
def test_the_text_says_whether_it_lasts_and_not_the_code_alone(reply: str, verb: str, lasts: bool) -> None:
    found = said(reply, verb)
    assert found is not None
    assert found.lasts is lasts


@pytest.mark.parametrize(
    ("reply", "advice"),
    [
        ("535 5.7.3 Authentication unsuccessful [AM0PR01.PROD.OUTLOOK.COM]", "New-ServicePrincipal"),
        ("535 5.7.139 …, SmtpClientAuthentication is disabled for the Tenant.", "TransportCon"),
        ("535 5.7.139 …, SmtpClientAuthentication is disabled for the Mailbox.", "CASMailbox"),
        ("535-5.7.139 …, SmtpClientAuthentication\\n535 is disabled for the Mailbox.", "CASMailbox"),
        ("535 5.7.139 … user is locked by your organization's security defaults policy.", "unlocked"),
        ("535 5.7.139 … the password has expired.", "set a new password"),
        ("535 5.7.139 … the request did not meet the criteria to be authenticated", "Conditional Access"),
        ("535 5.7.139 something new", "sign-in log"),
        ("550 5.7.30 Basic authentication is not supported for Client Submission.", "auth: oauth2"),
        ("530 5.7.57 Client not authenticated to send mail.", "not logged in"),
        ("504 5.7.4 Unrecognized authentication type", "STARTTLS before AUTH"),
        ("432 4.3.2 Concurrent connections limit exceeded.", "3 concurrent connections"),
        ("554 5.2.252 SendAsDenied; a not allowed to send as b", "SendAs"),
        ("550 5.7.60 SMTP; Client does not have permissions to send as this sender", "SendAs"),
        ("550 5.7.64 TenantAttribution; Relay Access Denied", "connector"),
        ("432 4.7.12 A password transition is needed", "log in once with PLAIN"),
        ("534 5.7.9 Authentication mechanism is too weak", "weaker than the server's policy"),
        ("534-5.7.9 Application-specific password required. Learn more at", "app password"),
        ("534-5.7.14 <https://accounts.google.com> Please log in via your web browser and", "in a browser"),
        ("535-5.7.8 … https://support.google.com/mail/?p=BadCredentials", "app password"),
        ("454 4.7.0 Too many login attempts, please try again later.", "Google's limit"),
        ("538 5.7.11 Encryption required for requested authentication mechanism", "over an encrypted connection"),
        ("538 Encryption required", "over an encrypted connection"),
        ("523 5.7.10 Encryption Needed", "over an encrypted connection"),
        ("525 5.7.1 Unauthorized IP address", "authorise the address"),
        ("525 5.7.13 User Account Disabled", "the account is disabled"),
        ("535 5.7.13 account disabled", "the account is disabled"),
        ("454 4.7.0 Temporary authentication failure", "Dovecot"),
        ("421 4.3.2 Service not active", "try later"),
        ("451 4.7.500 Server busy", "try later"),
        ("500 5.5.6 Authentication Exchange line is too long", "longer than the server accepts"),
        ("500 5.5.2 Line too long", "longer than the server accepts"),
        ("500 5.5.1 Command unrecognized", "this server does not know AUTH"),
        ("502 5.5.1 Command not implemented", "this server does not know AUTH"),
        ("503 5.5.1 Error: authentication not enabled", "allow it at the relay"),
        ("503 5.5.1 Bad sequence of commands", "wrong time"),
        ("504 5.5.4 Unrecognized authentication type", "mechanism that it offered"),
        ("334 ", "keeps asking"),
    ],
)
def test_a_refused_login_is_translated_to_what_to_do(reply: str, advice: str) -> None:
    found = said(reply)
    assert found is not None
    assert advice in str(found.advice)


@pytest.mark.parametrize(
    ("reply", "advice"),
    [
        ("553 5.7.1 <a@b>: Sender address rejected: not owned by user c", "the login owns"),
        ("554 5.7.1 <b@c>: Relay access denied", "log in"),
        ("530 5.7.0 whatever", "wants a login"),
    ],
)
def test_a_refused_address_is_translated_to_what_to_do(reply: str, advice: str) -> None:
    found = said(reply, "RCPT")
    assert found is not None
    assert advice in str(found.advice)


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        ("450 4.7.1 Greylisting in action, please come back in 00:05:00", 300.0),
        ("450 4.2.0 <a@b>: Recipient address rejected: Greylisted for 60 seconds", 60.0),
        ("451 4.7.1 greylisted, try again in 5 minutes", 300.0),
        ("450 4.2.0 <a@b>: Greylisted, see http://postgrey.schweikert.ch/help/b.html", None),
    ],
)
def test_greylisting_says_when_to_come_back(reply: str, seconds: float | None) -> None:
    found = said(reply, "RCPT")
    assert found is not None
    assert (found.cause.name, found.again) == ("greylisted", seconds)


@pytest.mark.parametrize("reply", ["535 5.7.8 Error: authentication failed", "535 no"])
def test_a_wrong_password_gets_the_advice_of_the_login_itself(reply: str) -> None:
    found = said(reply)
    assert found is not None
    assert (found.cause.name, found.advice) == ("credential", None)


@pytest.mark.parametrize("reply", ["554 5.7.1 no", "550 5.7.1 whatever it is", "250 ok"])
def test_what_says_nothing_is_not_guessed(reply: str) -> None:
    assert said(reply, "MAIL") is None


@pytest.mark.parametrize(
    ("host", "username", "cause", "advice"),
    [
        ("smtp.sendgrid.net", "me@example.com", "user-name", "the word apikey"),
        ("smtp.sendgrid.net.", "apikey", "credential", "may this API key send mail"),
        ("email-smtp.eu-west-1.amazonaws.com", "me@example.com", "user-name", "SMTP credentials of its own"),
        ("email-smtp.eu-west-1.amazonaws.com", "AKIAIOSFODNN7EXAMPLE", "credential", "An IAM access key is none"),
        ("smtp.postmarkapp.com", "me@example.com", "user-name", "API token"),
        ("smtp.zeptomail.eu", "me", "user-name", "emailapikey"),
        ("smtp.office365.com", "shop", "user-name", "mailbox's address"),
        ("smtp.mail.yahoo.com", "me@yahoo.com", "app-password", "app password"),
        ("mail.smtp2go.com", "shop", "credential", "SMTP Users"),
        ("notsendgrid.net", "me@example.com", "credential", "None"),
    ],
)
def test_a_provider_is_known_by_its_host(host: str, username: str, cause: str, advice: str) -> None:
    found = said("535 Authentication failed: Bad username / password", host=host, username=username)
    assert found is not None
    assert (found.cause.name, advice in str(found.advice)) == (cause, True)


def test_the_ten_largest_providers_have_rows_with_source_and_date() -> None:
    named = {one.name for one in provider_rows.PROVIDERS}
    assert named >= {
        "Exchange Online",
        "Gmail",
        "Amazon SES",
        "SendGrid",
        "Mailgun",
        "Postmark",
        "Brevo",
        "Zoho",
        "Yahoo",
        "SMTP2GO",
    }
    assert all(one.source and one.seen and one.hosts for one in provider_rows.PROVIDERS)
    assert provider("email-smtp.us-east-1.amazonaws.com") is not None
    assert provider("amazonaws.com.example.net") is None


def test_every_row_has_a_source_and_a_cause_that_is_known() -> None:
    every = (*ROWS, *(row for one in provider_rows.PROVIDERS for row in one.rows))
    assert all(row.source for row in every)
    assert {row.cause for row in every} | {*codes.SURE.values(), *codes.BROAD.values()} <= CAUSES.keys()
    assert not codes.SURE.keys() & codes.BROAD.keys()
    assert len(causes.CAUSES) == len({one.told for one in causes.CAUSES.values()})
