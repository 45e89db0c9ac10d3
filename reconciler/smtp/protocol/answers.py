"""What replies of well-known servers mean, and what to do. Data with sources; the first row that fits counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.model.text.message import worded
from reconciler.smtp.protocol.reply import Reply

_LEARN = "https://learn.microsoft.com/exchange"
_SUBMISSION = f"{_LEARN}/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission"
_BLOG = "Exchange Team Blog, 2026-01-27, v3.0 of 2026-01-29"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """`pattern` is looked for in the whole reply, without regard to capitals; `verb` is the one command it answers."""

    pattern: re.Pattern[str]
    advice: str
    source: str
    verb: str | None = None


def _row(pattern: str, advice: str, source: str, *, verb: str | None = None) -> Meaning:
    """`advice` names settings as `worded` takes them."""
    found = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return Meaning(pattern=found, advice=worded(advice), source=source, verb=verb)


def _auth(pattern: str, advice: str, source: str) -> Meaning:
    """To a login only: to other commands the code alone says something else."""
    return _row(pattern, advice, source, verb="AUTH")


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
        "change to {auth:oauth2}",
        "public threads of administrators",
    ),
    _row(
        r"^535.5\.7\.139",
        "the organisation's policy refuses this login: see the sign-in log of Entra; {auth:oauth2} is what it accepts",
        "public threads of administrators",
    ),
    _row(
        r"^535.5\.7\.3",
        "Exchange Online says no more than this; look, in this order, at: username is the mailbox; the token's scope "
        "is https://outlook.office365.com/.default; New-ServicePrincipal was given the object id of the Enterprise "
        "application, not that of the App registration; Add-MailboxPermission gave it FullAccess; with {auth:basic}, "
        "the password",
        "public threads of administrators",
    ),
    _row(
        r"^55[04].5\.7\.30",
        "Exchange Online has ended Basic authentication for this tenant: change to {auth:oauth2}",
        _BLOG,
    ),
    _row(
        r"^530.5\.7\.57",
        "the server treats us as not logged in: AUTH was skipped or failed silently; "
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
        "the mailbox's own address. Exchange Online refuses it only after DATA",
        "public logs of IIS in front of Exchange Online",
    ),
    _row(
        r"^432.4\.3\.2",
        "Exchange Online allows 3 concurrent connections per mailbox: try later, and see what else uses it",
        _SUBMISSION,
    ),
    _row(
        r"^432.4\.7\.12",
        "the server has no secret for this mechanism yet: the user must log in once with PLAIN, or reset the "
        "password at the relay",
        "RFC 4954 section 6",
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
    _row(r"^(421|432|451|454)", "the server asks us to try later; this says nothing about the credential", "RFC 3463"),
    _row(
        r"^553.5\.7\.1.*(not owned|not own)",
        "the relay binds senders to logins, and this login does not own this sender",
        "Postfix: reject_sender_login_mismatch",
    ),
    _row(
        r"^55[04].5\.7\.1.*(relay|relaying).*(denied|not permitted)",
        "the relay accepts mail only from logins or known addresses: log in, or have this machine's address allowed",
        "Postfix: smtpd_relay_restrictions",
    ),
    _row(
        r"^534.5\.7\.9.*application-specific password",
        "Google does not accept the account's password here: store an app password, or change to {auth:oauth2}",
        "public threads of administrators (support.google.com/mail/?p=InvalidSecondFactor)",
    ),
    _row(
        r"^534.5\.7\.14.*web browser",
        "Google finds this login suspicious: have the account's owner confirm it in a browser, or change to "
        "{auth:oauth2}",
        "public threads of administrators (support.google.com/mail/answer/78754)",
    ),
    _row(
        r"^534",
        "the mechanism is weaker than the server's policy allows for this user; the password was not checked. Have "
        "the relay allow PLAIN inside TLS, or change to {auth:oauth2} where it is offered",
        "RFC 4954 section 6",
    ),
    _row(
        r"^(538|523|\d{3}.5\.7\.1[01]\b)",
        "the server accepts this login only over an encrypted connection: {encryption:starttls} (587) or tls (465). "
        "Inside TLS already? Then something in front of the server terminates TLS, and must tell it",
        "RFC 4954 section 6 (538 5.7.11), RFC 5248 section 2.4 (523 5.7.10)",
    ),
    _row(
        r"^(525|\d{3}.5\.7\.13\b)",
        "the credential is right but the account is disabled: have the relay's administrator enable it; another "
        "password changes nothing",
        "RFC 5248 section 2.4",
    ),
    _auth(
        r"^500(.5\.5\.6|.*too long)",
        "the line with the credential is longer than the server accepts: a token grows with its roles, groups and key. "
        "Ask for a smaller one, or have the server's limit raised; nothing is wrong with the credential",
        "RFC 4954 section 6 (500 5.5.6); Dovecot's submission server: roundcube/roundcubemail issue 8623",
    ),
    _auth(
        r"^50[02]",
        "this server does not know AUTH, although something offered it after EHLO: is a proxy or a firewall in "
        "between changing SMTP, or does this listener take no logins? The credential was not checked",
        "RFC 5321 section 4.2.4, RFC 4954 section 4",
    ),
    _auth(
        r"^503",
        "AUTH comes at the wrong time for this server: logins are off at this listener, or it considers the connection "
        "logged in already (by address or certificate: then {auth:none}). The credential was not checked",
        "RFC 4954 section 4, RFC 5321 section 4.2.4",
    ),
    _auth(
        r"^504",
        "the server refuses a mechanism that it offered: is this the submission port? The credential was not checked",
        "RFC 4954 section 4",
    ),
    _auth(
        r"^334",
        "the server keeps asking where the mechanism is finished: it, or a proxy in front of it, does not "
        "follow the mechanism. Have the operator check its login service; this says nothing about the credential",
        "RFC 4954 section 4; PLAIN: RFC 4616 section 2, OAUTHBEARER: RFC 7628 section 3.2.3",
    ),
    _row(
        r"^530.5\.7\.0",
        "the relay wants a login, or STARTTLS before it",
        "RFC 4954 section 6, RFC 3207 section 4",
    ),
)


def advice(reply: Reply, verb: str | None = None) -> str | None:
    """What to do about a refusal of `verb`, or None where nothing better is known than the catalogue's advice."""
    said = b" ".join(line if not at else line[4:] for at, line in enumerate(reply.lines)).decode("utf-8", "replace")
    fitting = (meaning for meaning in MEANINGS if meaning.verb in (None, verb))
    return next((meaning.advice for meaning in fitting if meaning.pattern.search(said)), None)
