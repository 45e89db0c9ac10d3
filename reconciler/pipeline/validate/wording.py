"""Values as somebody would write them in YAML, and as a message may repeat them."""

from __future__ import annotations

import json
import re
from typing import Any

from reconciler.pipeline.load.yaml_scalars import NotFiniteError, resolved

_PLAIN = re.compile(r"[A-Za-z0-9_./+](?:[A-Za-z0-9_./+@=-]|[:#](?=[A-Za-z0-9_./])| (?=[A-Za-z0-9_./]))*")
_BROKER = re.compile(r"amqps?://[^\s/:@]+@[^@]*")  # names a user, and no password
_LOGIN_IN_URL = re.compile(r"//[^/\s]*(?::\S*)?@")  # a password may hold a slash
_LONGEST = 60


def flow(value: Any) -> str:
    """On one line, with quotes where YAML needs them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and _is_text(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def kind(value: Any) -> str:
    """What a value is, in words that do not repeat it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def holds_login(value: Any) -> bool:
    return isinstance(value, str) and _LOGIN_IN_URL.search(value) is not None and _BROKER.fullmatch(value) is None


def shown(value: Any) -> str:
    """A scalar for a message: short, without control characters and without the login of a URL."""
    if isinstance(value, dict | list):
        return kind(value)
    if isinstance(value, str):
        if holds_login(value):
            return "this URL"
        return repr(value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…")
    return flow(value)


def _is_text(value: str) -> bool:
    try:
        return isinstance(resolved(value), str)
    except NotFiniteError:
        return False
