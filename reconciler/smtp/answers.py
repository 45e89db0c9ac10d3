"""What replies of well-known servers mean, and what to do. Data with sources; the first row that fits counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.smtp.reply import Reply

_LEARN = "https://learn.microsoft.com/exchange"
_SUBMISSION = f"{_LEARN}/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission"
_BLOG = "Exchange Team Blog, 2026-01-27, v3.0 of 2026-01-29"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """`pattern` is looked for in the whole reply, without regard to capitals."""

    pattern: re.Pattern[str]
    advice: str
    source: str


def _row(pattern: str, advice: str, source: str) -> Meaning:
    return Meaning(pattern=re.compile(pattern, re.IGNORECASE | re.DOTALL), advice=advice, source=source)


MEANINGS = (
    _row(
        r"^535.5\.7\.139.*SmtpClientAuthentication is disabled for the Tenant",
        "SMTP AUTH is off for the tenant, OAuth2 included: "
        "Set-TransportConfig -SmtpClientAuthenticationDisabled $false, or for this mailbox "
        "Set-CASMailbox -Identity <mailbox> -SmtpClientAuthenticationDisabled $false",
        _SUBMISSION,
    ),
    _row(
        r"^535.5\.7\.139.*SmtpClientAuthentication is disabled for the Mailbox",
        "allow it for this mailbox: Set-CASMailbox -Identity <mailbox> -SmtpClientAuthenticationDisabled $false",
        _SUBMISSION,
    ),
    _row(
        r"^535.5\.7\.139.*(security defaults|did not meet the criteria)",
        "security defaults, Conditional Access or an authentication policy blocks Basic authentication: "
        "change to auth: oauth2",
        "public threads of administrators",
    ),
    _row(
        r"^535.5\.7\.139",
        "the organisation's policy refuses this login: see the sign-in log of Entra; auth: oauth2 is what it accepts",
        "public threads of administrators",
    ),
    _row(
        r"^535.5\.7\.3",
        "Exchange Online says no more than this; look, in this order, at: username is the mailbox; the token's scope "
        "is https://outlook.office365.com/.default; New-ServicePrincipal was given the object id of the Enterprise "
        "application, not that of the App registration; Add-MailboxPermission gave it FullAccess; with auth: basic, "
        "the password",
        "public threads of administrators",
    ),
    _row(
        r"^55[04].5\.7\.30",
        "Exchange Online has ended Basic authentication for this tenant: change to auth: oauth2",
        _BLOG,
    ),
    _row(
        r"^530.5\.7\.57",
        "the server takes us for a client without a login: the AUTH before was skipped or has failed in silence; "
        "is SMTP AUTH enabled for the mailbox?",
        "public logs of Postfix in front of Exchange Online",
    ),
    _row(
        r"^504.5\.7\.4",
        "the mechanism is not offered here: is this the submission port, with STARTTLS before AUTH?",
        "public threads of administrators",
    ),
    _row(
        r"^55[04].5\.(7\.60|2\.\d+).*SendAs|^550.5\.7\.60|SendAsDenied",
        "the mailbox that logs in may not send as this sender: Add-RecipientPermission -AccessRights SendAs, or use "
        "the mailbox's own address. Exchange Online tells it only after DATA",
        "public logs of IIS in front of Exchange Online",
    ),
    _row(
        r"^432.4\.3\.2",
        "Exchange Online allows 3 connections for a mailbox at a time: try later, and see what else sends with it",
        _SUBMISSION,
    ),
    _row(
        r"^454.4\.7\.0",
        "the login server behind the relay did not answer: try later. Dovecot does this after wrong passwords from one "
        "address, even to the right one",
        "measured with Postfix and Dovecot",
    ),
    _row(
        r"^421.4\.7\.66",
        "Exchange Online refuses TLS 1.0 and 1.1: offer TLS 1.2",
        _SUBMISSION,
    ),
    _row(r"^(421|432|451|454)", "the server asks to try later; this says nothing about the credential", "RFC 3463"),
    _row(
        r"^553.5\.7\.1.*(not owned|not own)",
        "the relay binds senders to logins, and this login does not own this sender",
        "Postfix: reject_sender_login_mismatch",
    ),
    _row(
        r"^55[04].5\.7\.1.*(relay|relaying).*(denied|not permitted)",
        "the relay carries mail for logins or known addresses only: log in, or have this machine's address allowed",
        "Postfix: smtpd_relay_restrictions",
    ),
    _row(
        r"^530.5\.7\.0",
        "the relay wants a login, or STARTTLS before it",
        "RFC 4954 section 6, RFC 3207 section 4",
    ),
)


def advice(reply: Reply) -> str | None:
    """What to do about a refusal, or None where nothing better is known than the catalogue's advice."""
    said = b" ".join(line if not at else line[4:] for at, line in enumerate(reply.lines)).decode("utf-8", "replace")
    return next((meaning.advice for meaning in MEANINGS if meaning.pattern.search(said)), None)
