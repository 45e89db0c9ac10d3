"""What the text is written on: width, colour, and ASCII where the terminal knows no more."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

_COLOURS = {"+": "32", "~": "33", "-": "31", "!": "33", "?": "35", "error": "31", "ok": "32", "bold": "1", "dim": "2"}
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_COMMAND = re.compile(r"\s*(?:[A-Za-z ]+: )?(?:reconciler|vault|mkdir|openssl|export|read -|cp|git)\b|\s*(?:fix: )--")
_ASCII = str.maketrans({"→": "->", "…": "...", "·": "|", "–": "-", "—": "-", "’": "'"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """`width` is in columns, and what is longer is `wrapped` there. The default is a pipe: no colour, Unicode."""

    width: int = 120
    color: bool = False
    unicode: bool = True
    wrapped: bool = False

    def paint(self, text: str, kind: str) -> str:
        """Never colour alone: the text says it too."""
        return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m" if self.color and kind in _COLOURS else text

    def finish(self, text: str) -> str:
        """The last step before printing."""
        if self.wrapped:
            text = "\n".join(_wrapped(line, self.width) for line in text.split("\n"))
        return text if self.unicode else text.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def _wrapped(line: str, width: int) -> str:
    """At spaces, and further in than it begins; a command stays whole, so that it can be copied."""
    if len(_ESCAPE.sub("", line)) <= width or _COMMAND.match(line):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return "\n".join(
        textwrap.wrap(
            line, width, subsequent_indent=f"{indent}    ", break_long_words=False, break_on_hyphens=False, tabsize=1
        )
    )


def cut(text: str, width: int) -> str:
    """Long values lose their middle: both ends tell more."""
    if len(text) <= width or width < 5:
        return text
    head = (width - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def visible(text: str) -> str:
    """On one line, without a sign that moves the cursor, hides a line or turns the direction of text."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A setting, what is told of it, and its place; `near` is a shorter place for narrow paper."""

    name: str
    value: str
    place: str
    near: str


def columns(rows: Sequence[Row], width: int, indent: str) -> list[str]:
    """Aligned. Where it is narrow, the place gives way before the value is cut."""
    if not rows:
        return []
    name = max(len(row.name) for row in rows)
    value = max(len(row.value) for row in rows)
    wide = max(len(row.place) for row in rows)
    left = width - len(indent) - name - len("   ") - len("  ")
    places = [row.place if value + wide <= left else row.near for row in rows]
    room = min(value, max(20, left - max(len(place) for place in places)))
    return [
        f"{indent}{row.name:<{name}}   {cut(row.value, room):<{room}}  {place}".rstrip()
        for row, place in zip(rows, places, strict=True)
    ]
