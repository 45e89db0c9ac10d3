"""One value of a text file: what its format makes of it, and its text."""

from __future__ import annotations

from typing import TypeAlias

Scalar: TypeAlias = "str | int | float | bool"


def as_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
