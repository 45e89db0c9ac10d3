"""What may stand behind a session that does not begin as it should: who else answers on a port, and what to do."""

from __future__ import annotations

import re

from reconciler.model.text.message import worded
from reconciler.smtp.protocol.reply import Malformed
from reconciler.smtp.protocol.wire import Lost

_SILENT = worded(
    "a silent server may expect TLS from the first byte: is this an implicit TLS port? then use {encryption:tls}. "
    "Some make strangers wait: {patience:banner: 60}"
)
_CLOSED = "is this machine's address blocked?"
PLAIN = worded("the server speaks first, in clear: is this a STARTTLS port? then use {encryption:starttls}")
_NO_LOGIN_SERVICE = (
    "the relay ends the session where it would offer a login: is the login service behind it down (Postfix: its SASL "
    "socket)? Try later"
)
_NO_TLS = worded("nothing answers with TLS here: is this a STARTTLS port? then use {encryption:starttls}")
NEITHER = "the relay does not start TLS (see its log), or someone in between injects replies: do not use this path"
_SUBMISSION = "mail submission is usually on port 587 or 465"
_OTHERS = (
    (rb"\* (OK|PREAUTH|BYE)\b", "IMAP"),
    (rb"(\+OK|-ERR)\b", "POP3"),
    (rb"SSH-", "SSH"),
    (rb"(?i:HTTP/|<(!doctype )?html)", "HTTP"),
    (rb"(?i:[12]20[ -](?!.*SMTP).*FTP)", "FTP"),
    (rb"\x16\x03|\x15\x03", "TLS from the first byte"),
)

_CATCHERS = ("smtp4dev", "MailHog", "Mailpit", "Inbucket", "EventMachine", "GreenMail", "Papercut", "MailDev")


def catcher(first: bytes) -> str | None:
    """The tool of developers that greets like this: as they come, these take any password."""
    said = first.lower()
    return next((name for name in _CATCHERS if name.lower().encode() in said), None)


def named(first: bytes) -> str | None:
    """The protocol that these bytes begin, or None where it may be SMTP, or anything."""
    return next((name for pattern, name in _OTHERS if re.match(pattern, first)), None)


def advice(first: bytes) -> str | None:
    """What to do where `first` came instead of SMTP."""
    found = named(first)
    if found is None:
        return None
    if found.startswith("TLS"):
        return worded("this is {found}: use {encryption:tls}", found=found)
    return f"this is {found}, not SMTP: {_SUBMISSION}"


def no_banner(error: BaseException, *, clear: bool) -> str | None:
    """`clear`: outside TLS."""
    if isinstance(error, Malformed):
        return advice(error.evidence)
    if isinstance(error, Lost):
        return f"{_CLOSED} Or does the port expect TLS from the first byte?" if clear else _CLOSED
    return _SILENT if clear else None


def closed_inside(error: BaseException) -> str | None:
    """The connection ends after TLS, before EHLO is answered again."""
    return _NO_LOGIN_SERVICE if isinstance(error, Lost) else None


def no_tls(_: BaseException) -> str:
    return _NO_TLS
