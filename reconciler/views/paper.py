"""What the text is written on: width, colour, and ASCII where the terminal knows no more."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reconciler.views import printable
from reconciler.views.printable import Printable

_COLOURS = {
    "+": "32", "~": "33", "-": "31", "!": "33", "?": "35", "ok": "32", "bold": "1", "dim": "2",
    "error": "31", "an error": "1;31", "a warning": "1;33", "a risk": "1;35", "a note": "1;36",
}  # fmt: skip
# Colour until `finish`: a mark that no text from outside can have, since nobody can guess it. Once the text is clean it
# has no noncharacters either, and one of them is a mark that counts little when lines are wrapped.
_SEAL = os.urandom(8).hex()
_MARK = rf"<{_SEAL}:([0-9;]*)>"
_CODES = ("0", *dict.fromkeys(_COLOURS.values()))
_SHORT = {code: chr(0xFDD0 + at) for at, code in enumerate(_CODES)}
_ESCAPES = {short: f"\x1b[{code}m" for code, short in _SHORT.items()}
_SHORTS = f"[{''.join(_ESCAPES)}]"
_NO_MARKS = str.maketrans(dict.fromkeys(_SHORT.values()))
_COMMAND = r"\s*(?:[A-Za-z ]+: )?(?:reconciler|vault|mkdir|openssl|export|read -|cp|git)\b|\s*(?:fix: )--"
_ASCII = str.maketrans({"→": "->", "…": "...", "·": "|", "–": "-", "—": "-", "’": "'"})


class Paper(NamedTuple):
    """`width` is in columns, and what is longer is `wrapped` there. The default is a pipe: no colour, Unicode."""

    width: int = 120
    color: bool = False
    unicode: bool = True
    wrapped: bool = False

    def paint(self, text: str, kind: str) -> str:
        """Never colour alone: the text says it too."""
        return f"<{_SEAL}:{_COLOURS[kind]}>{text}<{_SEAL}:0>" if self.color and kind in _COLOURS else text

    def finish(self, lines: list[str] | tuple[str, ...] | Iterator[str]) -> Printable:
        """The last step before printing; each line is ended. A text is no lines, though mypy would call it iterable."""
        text: str = printable.lines(lines)
        if self.color:
            text = re.sub(_MARK, lambda found: _SHORT[found[1]], text)
        if self.wrapped:
            parts = (part for line in text.splitlines() for part in _wrapped(line, self.width))
            text = "".join(f"{printable.no_command(part)}\n" for part in parts)  # a word from outside may come first
        if self.color:
            text = re.sub(_SHORTS, lambda found: _ESCAPES[found[0]], text)
        if not self.unicode:
            text = text.translate(_ASCII).encode("ascii", "backslashreplace").decode()
        return Printable(text)


def _wrapped(line: str, width: int) -> list[str]:
    """At spaces, and further in than it begins; a command stays whole, so that it can be copied."""
    if len(line.translate(_NO_MARKS)) <= width or re.match(_COMMAND, line):
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    import textwrap  # most runs wrap nothing

    return textwrap.wrap(
        line, width, subsequent_indent=f"{indent}    ", break_long_words=False, break_on_hyphens=False, tabsize=1
    )


def cut(text: str, width: int) -> str:
    """Long values lose their middle: both ends tell more."""
    if len(text) <= width or width < 5:
        return text
    head = (width - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


class Row(NamedTuple):
    """A setting, what is told of it, and its place; `near` is a shorter place for narrow paper."""

    name: str
    value: str
    place: str
    near: str


def columns(rows: Sequence[Row], paper: Paper, indent: str) -> list[str]:
    """Aligned. Where it is narrow, the place gives way before the value is cut; in a pipe no value is."""
    if not rows:
        return []
    name = max(len(row.name) for row in rows)
    value = max(len(row.value) for row in rows)
    wide = max(len(row.place) for row in rows)
    left = paper.width - len(indent) - name - len("   ") - len("  ")
    places = [row.place if value + wide <= left else row.near for row in rows]
    room = min(value, max(20, left - max(len(place) for place in places)))
    return [
        f"{indent}{row.name:<{name}}   {cut(row.value, room) if paper.wrapped else row.value:<{room}}  {place}".rstrip()
        for row, place in zip(rows, places, strict=True)
    ]
