"""The name that EHLO gives: RFC 5321 (section 4.1.2) allows letters, digits and hyphens, and a relay wants a dot."""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"({_LABEL}\.)+{_LABEL}", re.IGNORECASE)
_LONGEST = 253


def spoken(declared: str | None, machine: str, address: str) -> str:
    """What was declared; else this machine's name where it can be said, with hyphens for underscores; else `address`.

    `address` is an address literal, such as `[192.0.2.1]`.
    """
    if declared:
        return declared
    name = machine.rstrip(".").replace("_", "-").lower()
    return name if _NAME.fullmatch(name) and len(name) <= _LONGEST and not _numeric(name) else address


def _numeric(name: str) -> bool:
    """An address is not a name, and must stand in brackets."""
    return name.rpartition(".")[2].isdigit()
