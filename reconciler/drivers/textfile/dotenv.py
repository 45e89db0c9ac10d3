"""Changes values in the text of a dotenv file; knows python-dotenv, whose parser keeps each line's original text.

Values are shown as they are written: `${OTHER}` is not replaced. A value with `$` is written in single quotes, which
the shell, Docker Compose and most parsers take literally; python-dotenv itself would still replace a `${…}` in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from reconciler.drivers.textfile.format import Broken, Unwritable, defined_twice, line_end
from reconciler.model.scalar import Scalar, as_text

if TYPE_CHECKING:
    from dotenv.parser import Binding

_SPACE = r"[^\S\r\n]*"
_HEAD = re.compile(rf"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=\#\s]+){_SPACE}(?:={_SPACE})?")
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def entries(text: str) -> Sequence[tuple[str, Scalar | None]]:
    """`KEY` alone, without `=`, sets nothing and is left out."""
    return [(binding.key, binding.value) for binding in _bindings(text) if binding.key and binding.value is not None]


def changed(text: str, changes: Mapping[str, Scalar | None]) -> str:
    """The text with these values. Raises Unwritable for a key or value that has no place, Broken for a broken line."""
    bindings = _bindings(text)
    for key in changes:
        _check(key, bindings)
    lines = [_line(binding, changes) for binding in bindings]
    there = {binding.key for binding in bindings}
    result = "".join(lines)
    for key, value in changes.items():
        if key not in there and value is not None:
            result = _appended(result, f"{key}={_quoted(as_text(value))}", line_end(text))
    return result


def _bindings(text: str) -> list[Binding]:
    from dotenv.parser import parse_stream

    return list(parse_stream(StringIO(text, newline="")))


def _check(key: str, bindings: Sequence[Binding]) -> None:
    if not _KEY.fullmatch(key):
        raise Unwritable(f"{key} is not a valid name in a dotenv file", fix="use letters, digits and _")
    if sum(binding.key == key for binding in bindings) > 1:
        raise defined_twice(key)
    for binding in bindings:
        # the rest of a broken line may be a secret: only its number is told
        if binding.error and re.match(rf"\s*(?:export\s+)?'?{re.escape(key)}'?\s*=", binding.original.string):
            blank_lines = len(re.findall(r"\n", binding.original.string[: -len(binding.original.string.lstrip())]))
            line = binding.original.line + blank_lines
            raise Broken(f"line {line} does not parse as {key}=value", fix="close the quote on that line", line=line)


def _line(binding: Binding, changes: Mapping[str, Scalar | None]) -> str:
    """The binding's own text, with the new value in the place of the old one."""
    original = binding.original.string
    if binding.key is None or binding.key not in changes:
        return original
    value = changes[binding.key]
    if value is None:
        blank = original[: len(original) - len(original.lstrip())]  # empty lines before it belong to the binding
        return blank[: max(blank.rfind("\n"), blank.rfind("\r")) + 1]
    head, old, tail = _parts(binding)
    if not head.rstrip().endswith("="):
        head = f"{head.rstrip()}="
    new = _quoted(as_text(value), quote=old[:1], alone=not tail.strip())
    gap = " " if tail.startswith("#") else ""
    return f"{head}{new}{gap}{tail}"


def _parts(binding: Binding) -> tuple[str, str, str]:
    """What stands before the value, the value as it is written, and the comment and line end behind it."""
    original = binding.original.string
    match = _HEAD.match(original)
    end_of_head = match.end() if match else 0
    rest = original[end_of_head:]
    quoted = _QUOTED.match(rest) if rest[:1] in ("'", '"') else None
    length = quoted.end() if quoted else len(binding.value or "")
    return original[:end_of_head], rest[:length], rest[length:]


def _quoted(value: str, *, quote: str = "", alone: bool = True) -> str:
    """As it was quoted before, where that can carry the value; else the plainest way that every parser reads alike."""
    if "\0" in value:
        raise Unwritable("a value holds a NUL character", fix="an environment variable cannot hold it")
    ways: dict[str, str] = {}
    if _PLAIN.fullmatch(value) or (not value and alone):
        ways["plain"] = value
    if not re.search(r"[\r\n']|\\\\|\\$", value):
        ways["'"] = f"'{value}'"
    if "$" not in value:
        ways['"'] = '"' + "".join(_ESCAPED.get(character, character) for character in value) + '"'
    style = quote if quote in ("'", '"') else "plain"
    if style in ways:
        return ways[style]
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return next(iter(ways.values()), f"'{escaped}'")


def _appended(text: str, line: str, end: str) -> str:
    """At the end; a text without a final line end stays one."""
    if not text or text.endswith(("\n", "\r")):
        return f"{text}{line}{end}"
    return f"{text}{end}{line}"
