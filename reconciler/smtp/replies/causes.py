"""The causes of refusals: whose matter each is, how it is told, what to do. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.text.message import Message, worded


class Matter(StrEnum):
    """Who can mend it, or what has to change."""

    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MACHINE = "this machine"
    CONTENT = "content"
    QUOTA = "quota"
    ENCRYPTION = "encryption"
    RELAY = "relay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """`lasts`: True where a 4yz reply is a refusal all the same, False where a 5yz one passes; None: the code says it.

    `advice` is None where the check's own is better.
    """

    name: str
    matter: Matter
    told: str
    advice: Message | None = None
    lasts: bool | None = None


def _cause(name: str, matter: Matter, told: str, advice: str | None = None, *, lasts: bool | None = None) -> Cause:
    return Cause(name=name, matter=matter, told=told, advice=worded(advice) if advice else None, lasts=lasts)


_ROWS = (
    _cause("credential", Matter.LOGIN, "username or password is wrong", lasts=True),
    _cause(
        "user-name",
        Matter.LOGIN,
        "this provider wants another kind of user name",
        "see the provider's page on SMTP logins",
        lasts=True,
    ),
    _cause(
        "password-expired",
        Matter.LOGIN,
        "the password has expired",
        "set a new password for the account, and store that",
        lasts=True,
    ),
    _cause(
        "account-locked",
        Matter.LOGIN,
        "the account is locked",
        "have it unlocked at the relay, and find who tries wrong passwords; another password changes nothing",
        lasts=True,
    ),
    _cause(
        "account-disabled",
        Matter.LOGIN,
        "the account is disabled",
        "the credential is right but the account is disabled: have the relay's administrator enable it; another "
        "password changes nothing",
        lasts=True,
    ),
    _cause(
        "account-suspended",
        Matter.LOGIN,
        "the provider has stopped this account from sending",
        "ask the provider why (complaints, unpaid, not activated yet) and have it allowed again",
        lasts=True,
    ),
    _cause(
        "app-password",
        Matter.LOGIN,
        "an app password is wanted here",
        "make an app password for the account and store it, or change to {auth:oauth2}",
        lasts=True,
    ),
    _cause(
        "auth-code",
        Matter.LOGIN,
        "an authorization code is wanted instead of the password",
        "switch SMTP on in the mailbox's settings, and store the authorization code that it shows",
        lasts=True,
    ),
    _cause("mechanism", Matter.LOGIN, "the mechanism is not allowed", lasts=True),
    _cause("login-off", Matter.LOGIN, "this kind of login is off", "allow it at the relay, or change to {auth:oauth2}"),
    _cause(
        "auth-required",
        Matter.LOGIN,
        "the relay wants a login first",
        "declare a login, {auth:basic} or {auth:oauth2}",
        lasts=True,
    ),
    _cause(
        "line-too-long",
        Matter.LOGIN,
        "the line with the credential is too long",
        "the line with the credential is longer than the server accepts: a token grows with its roles, groups and key. "
        "Ask for a smaller one, or have the server's limit raised; nothing is wrong with the credential",
        lasts=True,
    ),
    _cause(
        "sender-not-allowed",
        Matter.SENDER,
        "this login may not send as this sender",
        "use a sender that the login owns, or have the relay allow this one",
        lasts=True,
    ),
    _cause(
        "sender-unverified",
        Matter.SENDER,
        "the sender is not verified at the provider",
        "verify the sender's address or domain at the provider, or use one that is",
        lasts=True,
    ),
    _cause(
        "sender-domain",
        Matter.SENDER,
        "the sender's domain does not resolve at the relay",
        "is the domain spelled right, and has it an MX or A record that the relay's name server sees?",
        lasts=True,
    ),
    _cause("sender-syntax", Matter.SENDER, "the sender's address is malformed", "correct sender.address", lasts=True),
    _cause(
        "spf-dmarc",
        Matter.SENDER,
        "SPF, DKIM or DMARC of the sender's domain does not pass",
        "publish SPF for the addresses that this mail leaves from, and sign with DKIM: --dns checks both",
    ),
    _cause(
        "recipient-unknown",
        Matter.RECIPIENT,
        "there is no such recipient",
        "is {recipient} spelled right, and does its mailbox exist?",
    ),
    _cause(
        "recipient-domain",
        Matter.RECIPIENT,
        "the recipient's domain takes no mail, or does not exist",
        "is {recipient} spelled right, and has its domain an MX record that the relay sees?",
    ),
    _cause(
        "recipient-suspended",
        Matter.RECIPIENT,
        "the recipient's mailbox is disabled",
        "use another {recipient}, or have that mailbox enabled",
    ),
    _cause(
        "mailbox-full",
        Matter.RECIPIENT,
        "the recipient's mailbox is full",
        "have it emptied, or use another {recipient}",
    ),
    _cause(
        "recipient-policy",
        Matter.RECIPIENT,
        "this recipient does not take mail from here",
        "use another {recipient}, or have its owner allow this sender",
        lasts=True,
    ),
    _cause(
        "sandbox",
        Matter.RECIPIENT,
        "the account may send to some recipients only",
        "add {recipient} to those, or have the provider lift the restriction of new accounts",
        lasts=True,
    ),
    _cause(
        "ip-blocked",
        Matter.MACHINE,
        "this machine's address is on a block list, or has a bad reputation",
        "look it up on the list that the reply names; is it the address that mail leaves from?",
    ),
    _cause(
        "ip-not-allowed",
        Matter.MACHINE,
        "this machine's address is not allowed",
        "have the address that this machine leaves with allowed at the relay",
        lasts=True,
    ),
    _cause(
        "ptr",
        Matter.MACHINE,
        "this machine's address has no reverse DNS that fits",
        "have a PTR record made for the address that this machine leaves with, and a name that leads back to it",
        lasts=True,
    ),
    _cause(
        "ehlo-name",
        Matter.MACHINE,
        "the relay refuses the name that EHLO gives",
        "declare a fully qualified name that resolves: {ehlo_name}",
        lasts=True,
    ),
    _cause(
        "client-certificate",
        Matter.MACHINE,
        "the relay requires a client certificate",
        "the relay requires a client certificate, which is not supported: use a listener that does not",
        lasts=True,
    ),
    _cause("relay-denied", Matter.MACHINE, "the relay does not relay for this login or machine", lasts=True),
    _cause(
        "tls-required",
        Matter.ENCRYPTION,
        "the relay wants an encrypted connection",
        "the server accepts this only over an encrypted connection: {encryption:starttls} (587) or tls (465). "
        "Inside TLS already? Then something in front of the server terminates TLS, and must tell it",
        lasts=True,
    ),
    _cause(
        "content",
        Matter.CONTENT,
        "the message is taken for spam, or against a policy",
        "what a filter says of a test message need not be true of real ones; see the relay's log for the rule",
    ),
    _cause("virus", Matter.CONTENT, "the message is taken for malware", "see the relay's log for what it found"),
    _cause(
        "format",
        Matter.CONTENT,
        "the message or its headers break a rule",
        "see the relay's log for the header that it refuses",
    ),
    _cause(
        "too-big",
        Matter.CONTENT,
        "the message is larger than the relay takes",
        "send less, or have the relay's limit raised",
    ),
    _cause(
        "quota",
        Matter.QUOTA,
        "the account's sending quota is used up",
        "wait until it starts anew, or have it raised by the provider; see what else sends with this account",
    ),
    _cause(
        "rate",
        Matter.QUOTA,
        "too much comes too quickly",
        "try later; have the applications send more slowly, or the limit raised",
    ),
    _cause(
        "too-many-recipients",
        Matter.QUOTA,
        "too many recipients at once",
        "have the applications send to fewer recipients at a time",
    ),
    _cause(
        "greylisted",
        Matter.RELAY,
        "greylisted: the relay takes a second attempt after some minutes",
        "applications that try again get through; have the relay's operator exempt this machine if yours do not",
        lasts=False,
    ),
    _cause(
        "login-service-down",
        Matter.RELAY,
        "the login service behind the relay does not answer",
        "the login server behind the relay did not answer: try later. Dovecot does this after wrong passwords from one "
        "address, even to the right one",
        lasts=False,
    ),
    _cause("busy", Matter.RELAY, "the relay asks to try later", "the server asks us to try later"),
    _cause("relay-full", Matter.RELAY, "the relay has no room or resources left", "try later; have its disk looked at"),
    _cause("relay-broken", Matter.RELAY, "the relay is configured wrongly", "see the relay's log"),
    _cause("loop", Matter.RELAY, "the mail goes round in a loop", "see the relay's routing and the recipient's"),
    _cause("syntax", Matter.RELAY, "the relay did not understand the command", "see the relay's log"),
)
CAUSES = {row.name: row for row in _ROWS}
