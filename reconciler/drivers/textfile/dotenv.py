"""Changes values in the text of a dotenv file, line by line, as its reader reads it (`dotenv_readers`).

Values are shown as they are written: `${OTHER}` is not replaced.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.drivers.textfile.dotenv_readers import DIALECTS
from reconciler.drivers.textfile.dotenv_values import Meant, meant, spelled
from reconciler.drivers.textfile.format import LINE_END, Broken, Unwritable, defined_twice, kept, line_end
from reconciler.model.text.scalar import Scalar, as_text

_HEAD = re.compile(
    r"(?P<blank>[^\S\r\n]*)(?P<export>export[^\S\r\n]+)?(?P<key>[^=#\s]+)(?P<gap>[^\S\r\n]*)(?P<equals>=)?[^\S\r\n]*"
)
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# what every reader takes as it is, and most lines are
_BARE = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)=([A-Za-z0-9_.@:/+-]*)\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")


class _Line(NamedTuple):  # made for each line at every parse: a tuple takes a third of the time
    """One line, or the lines of one value. `key` is None for all that is no assignment; `head` reaches to its value."""

    text: str
    number: int
    key: str | None = None
    value: str | None = None
    head: str = ""
    old: str = ""
    tail: str = ""
    read: bool = False  # this reader sees it
    closed: bool = True
    replaced: bool = False


def entries(text: str, reader: str = "any") -> Sequence[tuple[str, Scalar | None]]:
    """`KEY` alone, without `=`, sets nothing and is left out; so is what the reader does not take for an assignment."""
    return [(line.key, line.value) for line in _lines(text, reader) if line.key is not None and line.read]


def variables(text: str, reader: str = "any") -> frozenset[str]:
    """The keys in whose value the reader replaces something."""
    return frozenset(line.key for line in _lines(text, reader) if line.key and line.read and line.replaced)


def changed(text: str, changes: Mapping[str, Scalar | None], reader: str = "any") -> str:
    """The text with these values. Raises Unwritable for a key or value that has no place, Broken for a broken line."""
    if not DIALECTS[reader].crlf and line_end(text) != "\n":
        what = "lines end in CRLF: a shell would keep the carriage return in each value"
        raise Unwritable(what, fix="convert the file to LF")
    lines = _lines(text, reader)
    there = Counter(line.key for line in lines if line.key is not None)
    for key in changes:
        if not _KEY.fullmatch(key):
            raise Unwritable(f"{key} is not a valid name in a dotenv file", fix="use letters, digits and _")
        if there[key] > 1:
            raise defined_twice(key)
    result = "".join(
        _changed(line, changes[line.key], reader) if line.key is not None and line.key in changes else line.text
        for line in lines
    )
    end = line_end(text)
    added = {key: value for key, value in changes.items() if not there[key]}
    new = [f"{key}={_spelled(key, value, reader)}" for key, value in added.items() if value is not None]
    if not new or not result or result.endswith(("\n", "\r")):
        return result + "".join(f"{line}{end}" for line in new)
    return end.join([result, *new])  # a text without a final line end stays one


@kept
def _lines(text: str, reader: str) -> tuple[_Line, ...]:
    return tuple(_read_lines(text, reader))


def _read_lines(text: str, reader: str) -> Iterator[_Line]:
    at, number = 0, 1
    plain = not DIALECTS[reader].words
    while at < len(text):
        if plain and (bare := _BARE.match(text, at)):
            whole, key, value = bare.group(0, 1, 2)
            line = _Line(whole, number, key, value, f"{key}=", value, "\n", True)
            number += 1
        else:
            line = _line(text, at, number, reader)
            number += len(LINE_END.findall(line.text))
        yield line
        at += len(line.text)


def _line(text: str, at: int, number: int, reader: str) -> _Line:
    head = _HEAD.match(text, at)
    whole = _LINE.match(text, at)
    if head is None or whole is None or head.end() > whole.end():
        return _Line(text=whole.group() if whole else text[at:], number=number)
    if not head["equals"]:
        lone = not text[head.end() : whole.end()].strip()
        key = head["key"] if lone else None
        return _Line(text=whole.group(), number=number, key=key, head=f"{head.group().rstrip()}=", tail=_end(whole))
    found, read = meant(reader, text, head.end()), _is_read(head, reader)
    end = _LINE.match(text, head.end() + found.length)
    until = end.end() if end else len(text)
    return _Line(
        text=text[at:until],
        number=number,
        key=head["key"].strip("'"),
        value=_value(found, text, head.end(), reader),
        head=head.group() if read else _head(head, reader),
        old=text[head.end() : head.end() + found.length],
        tail=text[head.end() + found.length : until],
        read=found.closed and found.known and read,
        closed=found.closed,
        replaced=found.replaced,
    )


def _value(found: Meant, text: str, at: int, reader: str) -> str | None:
    returned = not DIALECTS[reader].crlf and text.startswith("\r", at + found.length)
    return f"{found.value}\r" if returned else found.value


def _end(line: re.Match[str]) -> str:
    return line.group()[len(line.group().rstrip("\r\n")) :]


def _is_read(head: re.Match[str], reader: str) -> bool:
    dialect = DIALECTS[reader]
    blanks = head["gap"] or not head.group().endswith("=")
    plain = (dialect.indented or not head["blank"]) and (dialect.exported or not head["export"])
    return plain and (dialect.spaced or not blanks)


def _head(head: re.Match[str], reader: str) -> str:
    """As this reader takes it."""
    return f"{'export ' if head['export'] and DIALECTS[reader].exported else ''}{head['key']}="


def _changed(line: _Line, value: Scalar | None, reader: str) -> str:
    """The line's own text, with the new value in the place of the old one."""
    if not line.closed:
        # the rest of a broken line may be a secret: only its number is told
        what = f"line {line.number} does not parse as {line.key}=value"
        raise Broken(what, fix="close the quote on that line", line=line.number)
    if value is None:
        return ""
    new = _spelled(str(line.key), value, reader, quote=line.old[:1], alone=not line.tail.strip())
    gap = " " if line.tail.startswith("#") else ""
    return f"{line.head}{new}{gap}{line.tail}"


def _spelled(key: str, value: Scalar, reader: str, *, quote: str = "", alone: bool = True) -> str:
    try:
        return spelled(reader, as_text(value), quote=quote if quote in ("'", '"', "`") else "", alone=alone)
    except Unwritable as problem:
        raise Unwritable(problem.of_value, fix=problem.fix, key=key) from None
