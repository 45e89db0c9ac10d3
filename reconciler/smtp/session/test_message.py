"""The one real message of level message: unmistakable, harmless, and never answered by a program."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.smtp.protocol.reply import Reply
from reconciler.smtp.record.evidence import printable

# Postfix and others; Exim; Exchange; then any id after the enhanced code of a 250
_QUEUED = (
    re.compile(rb"queued as ([\w./+-]+)", re.IGNORECASE),
    re.compile(rb"\bid=([\w-]+)"),
    re.compile(rb"\[InternalId=(\w+)"),
    re.compile(rb"^250[ -]2\.\d\.\d (?:Ok:? )?([0-9A-Za-z]{8,}) "),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: str  # Message-ID without the brackets
    text: str


def write(sender: str, recipient: str, relay: str | None) -> Message:
    """`sender` and `recipient` have been looked at: they hold no line end."""
    from email.utils import format_datetime  # not strftime: it would speak the language of this machine

    domain = sender.rpartition("@")[2] or "localhost"
    found = f"reconciler.{uuid.uuid4().hex}@{domain if domain.isascii() else 'localhost'}"
    name = f" of {relay}" if relay and relay.isascii() and relay.isprintable() else ""
    lines = (
        f"From: <{sender}>",
        f"To: <{recipient}>",
        f"Subject: SMTP handshake{name}: please ignore",
        f"Date: {format_datetime(datetime.now(UTC))}",
        f"Message-ID: <{found}>",
        "Auto-Submitted: auto-generated",  # RFC 3834: no vacation notice comes back
        "X-Auto-Response-Suppress: All",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 7bit",
        "",
        "reconciler sent this message to prove that mail can be sent.",
        "Nobody needs to do anything about it.",
    )
    return Message(id=found, text="\r\n".join(lines))


def stuffed(text: str) -> bytes:
    """As DATA wants it (RFC 5321 section 4.5.2), but for the last line end."""
    lines = (f".{line}" if line.startswith(".") else line for line in text.split("\r\n"))
    return ("\r\n".join(lines) + "\r\n.").encode()


def queue_id(reply: Reply) -> str | None:
    for pattern in _QUEUED:
        for line in reply.lines:
            if found := pattern.search(line):
                return printable(found[1])
    return None
