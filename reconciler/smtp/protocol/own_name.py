"""The name that EHLO gives: RFC 5321 (section 4.1.2) allows letters, digits and hyphens, and a relay wants a dot."""

from __future__ import annotations

_LONGEST, _LONGEST_LABEL = 253, 63


def spoken(declared: str | None, machine: str, address: str) -> str:
    """What was declared; else this machine's name where it can be said, with hyphens for underscores; else `address`.

    `address` is an address literal, such as `[192.0.2.1]`.
    """
    if declared:
        return declared
    name = machine.rstrip(".").replace("_", "-").lower()
    return name if _sayable(name) and not _numeric(name) else address


def _sayable(name: str) -> bool:
    labels = name.split(".")
    return len(labels) > 1 and len(name) <= _LONGEST and all(map(_is_label, labels))


def _is_label(text: str) -> bool:
    letters = text.replace("-", "")
    bare = text.strip("-") == text and len(text) <= _LONGEST_LABEL
    return bare and letters.isascii() and letters.isalnum()


def _numeric(name: str) -> bool:
    """An address is not a name, and must stand in brackets."""
    return name.rpartition(".")[2].isdigit()
