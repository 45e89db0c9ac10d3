"""What the text is written on: width, colour, and ASCII where the terminal knows no more."""

from __future__ import annotations

from dataclasses import dataclass

_COLOURS = {"+": "32", "~": "33", "-": "31", "!": "33", "?": "35", "error": "31", "ok": "32", "bold": "1", "dim": "2"}
_ASCII = str.maketrans({"→": "->", "…": "...", "·": "|", "–": "-", "—": "-", "’": "'"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """`width` is in columns. The default is a pipe: no colour, Unicode."""

    width: int = 120
    color: bool = False
    unicode: bool = True

    def paint(self, text: str, kind: str) -> str:
        """Never colour alone: the text says it too."""
        return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m" if self.color and kind in _COLOURS else text

    def finish(self, text: str) -> str:
        """The last step before printing."""
        return text if self.unicode else text.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def cut(text: str, width: int) -> str:
    """Long values lose their middle: both ends tell more."""
    if len(text) <= width or width < 5:
        return text
    head = (width - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def columns(rows: list[tuple[str, str, str]], width: int, indent: str) -> list[str]:
    """Field, value, place: aligned; the value is cut before the place is."""
    if not rows:
        return []
    name = max(len(row[0]) for row in rows)
    place = max(len(row[2]) for row in rows)
    room = max(20, width - len(indent) - name - 3 - place - 2)
    value = min(room, max(len(row[1]) for row in rows))
    return [f"{indent}{row[0]:<{name}}   {cut(row[1], room):<{value}}  {row[2]}".rstrip() for row in rows]
