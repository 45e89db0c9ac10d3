"""One YAML scalar: text to value (YAML 1.2 core schema), and value to text that every YAML version reads alike."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from reconciler.model.text.scalar import Scalar, as_text

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
# YAML 1.1 parsers (SnakeYAML, Psych, PyYAML) take these for booleans
_WORDS_OF_1_1 = re.compile(r"y|n|yes|no|on|off", re.IGNORECASE)
# no `:` and `#`, no flow characters, no leading sign: plain in every place and every version. What begins with a digit
# is a number or a date to one reader or another (1_0e5, 2024-1-5), but an address of four numbers
_PLAIN = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_/.@+=%-]| (?! |$))*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class Quoted(str):
    """A text that is written in quotes, whatever it looks like: nobody sees what a secret looks like."""

    __slots__ = ()


class Escaped(Quoted):
    """In double quotes and without a `<`, for readers that take `<%` for a tag before they parse the file."""

    __slots__ = ()


def typed(text: str, *, plain: bool, tag: str | None) -> Scalar | None:
    if tag in (None, "!"):
        return _resolved(text) if plain and tag is None else text
    if tag == "tag:yaml.org,2002:str":
        return text
    if tag.startswith("tag:yaml.org,2002:"):
        return _resolved(text)
    return f"{tag} {text}"  # the application's own tag: shown as it is written


def written(value: Scalar, style: str | None = None) -> str:
    """`style` is the quote that the value had before, or None; it is kept where it can carry the new value."""
    text = as_text(value)
    if not isinstance(value, str) and style not in ("'", '"'):
        return text
    ways: dict[str | None, str] = {}
    if not isinstance(value, Quoted) and _is_plain(text):
        ways[None] = text
    if not _UNPRINTABLE.search(text) and "\n" not in text and "\t" not in text:
        ways["'"] = "'" + text.replace("'", "''") + "'"
    escaped = json.dumps(text, ensure_ascii=False)
    ways['"'] = _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", escaped)
    if isinstance(value, Escaped):
        return ways['"'].replace("<", "\\x3c")
    return ways[style] if style in ways else next(iter(ways.values()))


def _resolved(text: str) -> Scalar | None:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) < 1000:  # longer ones Python itself refuses
        return int(text, 0) if text.startswith(("0o", "0x")) else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


@lru_cache(maxsize=256)  # many settings say the same; no secret comes here
def _is_plain(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or _WORDS_OF_1_1.fullmatch(text) or not isinstance(_resolved(text), str):
        return False
    from yaml.nodes import ScalarNode
    from yaml.resolver import Resolver

    resolver: Any = Resolver()  # ships no types
    return bool(resolver.resolve(ScalarNode, text, (True, False)) == "tag:yaml.org,2002:str")
