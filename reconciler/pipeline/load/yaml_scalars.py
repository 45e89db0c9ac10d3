"""What an unquoted YAML scalar means: the YAML 1.2 core schema, with one difference.

A number with a leading zero (`0600`, `007`) stays text, because it is a file mode or a code and no quantity.
"""

from __future__ import annotations

import math
import re
from typing import Final

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMERIC = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED_INT = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAX_DIGITS = 300  # a float ends at 308, and Python refuses to print ints of more than 4,300


class NotFiniteError(ValueError):
    """Infinity, not-a-number, or a number too large for JSON and for every platform."""


def resolved(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar; raises NotFiniteError."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INT.fullmatch(text) or _BASED_INT.fullmatch(text) or _FLOAT.fullmatch(text):
        return _number(text)
    if _NOT_FINITE.fullmatch(text):
        raise NotFiniteError
    return text


def _number(text: str) -> int | float:
    if len(text) > _MAX_DIGITS:
        raise NotFiniteError
    if _INT.fullmatch(text):
        return int(text)
    if text.startswith(("0o", "0x")):
        return int(text, 0)
    if not math.isfinite(number := float(text)):
        raise NotFiniteError
    return number
