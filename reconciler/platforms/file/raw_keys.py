"""Keys as they are, in one text, for values that have no word of ours; and back, so that they can be restored."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from reconciler.model.text.scalar import Scalar

_NOT_SET = "not set"


def shown(names: Sequence[str], found: Mapping[str, Scalar | None]) -> str:
    """`EMAIL_USE_TLS = "True", EMAIL_USE_SSL not set`."""
    return ", ".join(f"{name} {_one(found.get(name))}" for name in names)


def unshown(names: Sequence[str], text: str) -> dict[str, Scalar | None] | None:
    """None for a text that `shown` has not written for these names."""
    pattern = ", ".join(rf"{re.escape(name)} (?:{_NOT_SET}|= (.+))" for name in names)
    if (match := re.fullmatch(pattern, text, re.DOTALL)) is None:
        return None
    try:
        found = {
            name: None if raw is None else json.loads(raw) for name, raw in zip(names, match.groups(), strict=True)
        }
    except ValueError:
        return None
    return found if shown(names, found) == text else None


def _one(value: Scalar | None) -> str:
    return _NOT_SET if value is None else f"= {json.dumps(value, ensure_ascii=False)}"


def beside(value: str | None, names: Sequence[str], found: Mapping[str, Scalar | None]) -> str:
    """A value, and the keys beside it that are not as they have to be."""
    return f"{_NOT_SET if value is None else value} ({shown(names, found)})"


def apart(text: str, names: Sequence[str]) -> tuple[str | None, dict[str, Scalar | None]] | None:
    """The two parts of what `beside` has written; None for another text."""
    for at in (match.start() for match in re.finditer(r" \(", text)):
        if text.endswith(")") and (found := unshown(names, text[at + 2 : -1])) is not None:
            return (None if text[:at] == _NOT_SET else text[:at]), found
    return None
