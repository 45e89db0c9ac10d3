"""Macros of SPF (RFC 7208 section 7): `%{ir}.%{v}._spf.%{d2}` to a name. Asks nobody."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote

_PIECE = re.compile(r"%\{([slodiphv])([0-9]*)(r?)([.\-+,/_=]*)\}|%([%_-])", re.IGNORECASE)
_PLAIN = {"%": "%", "_": " ", "-": "%20"}
_LONGEST = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends from where: local part, domain, the address that connects, and the name that it gives in EHLO."""

    local: str
    domain: str
    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    helo: str = ""  # the domain where it is not known: which name the relay will give to the world is not


def expanded(text: str, sender: Sender, domain: str) -> str:
    """`domain` is the one whose record holds the text."""

    def one(match: re.Match[str]) -> str:
        if match[5]:
            return _PLAIN[match[5]]
        value = _transformed(_value(match[1].lower(), sender, domain), match[2], bool(match[3]), match[4])
        return quote(value, safe="") if match[1].isupper() else value

    return _fitting(_PIECE.sub(one, text).rstrip("."))


def has_macro(text: str) -> bool:
    return "%" in text


def _value(letter: str, sender: Sender, domain: str) -> str:
    four = sender.address.version == 4
    dotted = str(sender.address) if four else ".".join(sender.address.exploded.replace(":", ""))
    return {
        "s": f"{sender.local}@{sender.domain}",
        "l": sender.local,
        "o": sender.domain,
        "d": domain,
        "i": dotted,
        "p": "unknown",  # "SHOULD NOT be published" (7.2); nobody is obliged to look it up
        "v": "in-addr" if four else "ip6",
        "h": sender.helo or sender.domain,
    }[letter]


def _transformed(value: str, digits: str, turned: bool, delimiters: str) -> str:
    parts = re.split(f"[{re.escape(delimiters or '.')}]", value)
    if turned:
        parts.reverse()
    return ".".join(parts[-int(digits) :] if digits else parts)


def _fitting(name: str) -> str:
    while len(name) > _LONGEST and "." in name:
        name = name.partition(".")[2]
    return name
