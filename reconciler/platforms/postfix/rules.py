"""The rule that replaces the header From, as a regexp table: `smtp_header_checks` goes by it for all that leaves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.utils import parseaddr

_HEAD = "# Written by reconciler: the header From of all mail that leaves by SMTP."
_RULE = re.compile(r"/\^From:/ REPLACE From: (?P<value>.+)")
_PLAIN = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")


def text(address: str, name: str | None) -> str:
    """`$` begins a group of the pattern there, so it is doubled."""
    value = f"{_phrase(name)} <{address}>" if name else address
    return f"{_HEAD}\n/^From:/ REPLACE From: {value.replace('$', '$$')}"


def sender(lines: Sequence[str]) -> tuple[str, str | None] | None:
    """Address and name that `text` was made of; None for anything else."""
    rules = [line for line in lines if line.strip() and not line.startswith("#")]
    if len(rules) != 1 or (match := _RULE.fullmatch(rules[0])) is None:
        return None
    name, address = parseaddr(match["value"].replace("$$", "$"))
    try:
        return address, str(make_header(decode_header(name))) or None
    except (MessageError, LookupError, ValueError):
        return None


def _phrase(name: str) -> str:
    if not name.isascii():
        return Header(name, "utf-8", maxlinelen=10_000).encode()  # one line: a rule is a line
    if _PLAIN.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
