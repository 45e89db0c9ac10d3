"""The tables of rules that replace senders: regexp tables, because a fixed answer would also be given to a bounce.

A bounce has an empty sender, and must keep it: one that came from somebody would be answered, for ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.utils import parseaddr

_HEADER = "# Written by reconciler: the header From of all mail that leaves by SMTP."
_ENVELOPE = "# Written by reconciler: the envelope sender of all mail, but not the empty one of bounces."
_HEADER_RULE = re.compile(r"/\^From:/ REPLACE From: (?P<value>.+)")
_ENVELOPE_RULE = re.compile(r"/\.@\./ (?P<value>\S+)")
_PLAIN = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")


def header_text(address: str, name: str | None) -> str:
    value = f"{_phrase(name)} <{address}>" if name else address
    return f"{_HEADER}\n/^From:/ REPLACE From: {_escaped(value)}"


def envelope_text(address: str) -> str:
    return f"{_ENVELOPE}\n/.@./ {_escaped(address)}"


def header_sender(lines: Sequence[str]) -> tuple[str, str | None] | None:
    """Address and name that `header_text` was made of; None for anything else."""
    if (value := _only(lines, _HEADER_RULE)) is None:
        return None
    name, address = parseaddr(value)
    try:
        return address, str(make_header(decode_header(name))) or None
    except (MessageError, LookupError, ValueError):
        return None


def envelope_sender(lines: Sequence[str]) -> str | None:
    return _only(lines, _ENVELOPE_RULE)


def _only(lines: Sequence[str], rule: re.Pattern[str]) -> str | None:
    found = [line for line in lines if line.strip() and not line.startswith("#")]
    match = rule.fullmatch(found[0]) if len(found) == 1 else None
    return match["value"].replace("$$", "$") if match else None


def _escaped(value: str) -> str:
    """`$` begins a group of the pattern there."""
    return value.replace("$", "$$")


def _phrase(name: str) -> str:
    if not name.isascii():
        return Header(name, "utf-8", maxlinelen=10_000).encode()  # one line: a rule is a line
    if _PLAIN.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
