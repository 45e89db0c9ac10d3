"""Whether two listeners of a host are one server: a login proves the server that took it, and no other. Pure."""

from __future__ import annotations

import re

from reconciler.model.handshake import Handshake, Relay

# what a greeting has otherwise in each session: numbers, the names of nodes that hold one, dates
_NUMBERED = re.compile(r"[\w-]*\d[\w-]*")
_DATE = re.compile(r"mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")
_WORD = re.compile(r"[a-z][a-z._-]*")


def one_listener(relay: Relay, other: Relay) -> bool:
    """The same port of the same host, reached the same way: whoever answers there is what the name means."""
    return (relay.port, relay.via, relay.encryption) == (other.port, other.via, other.encryption)


def difference(one: Handshake, other: Handshake) -> str | None:
    """What says that these are two servers; None where all is alike that both have shown."""
    if one.certificate is not None and other.certificate is not None and one.certificate.pin != other.certificate.pin:
        return "its certificate has another key"
    mine, theirs = greeting(one), greeting(other)
    if mine is not None and theirs is not None and _lasting(mine) != _lasting(theirs):
        return f"it greets with “{mine}”, the other with “{theirs}”"
    return None


def greeting(found: Handshake) -> str | None:
    """The first line of the banner, without its code."""
    said = next((check.evidence for check in found.checks if check.id == "SMTP101"), None)
    return said.splitlines()[0][4:].strip() if said else None


def _lasting(text: str) -> tuple[str, ...]:
    words = _NUMBERED.sub("", text.lower()).replace(",", " ").split()
    return tuple(word for word in words if _WORD.fullmatch(word) and not _DATE.fullmatch(word))
