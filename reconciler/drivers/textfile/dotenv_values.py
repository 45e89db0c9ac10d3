"""One value of a dotenv file: spelled for its reader, and what that reader makes of one that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from reconciler.drivers.textfile.dotenv_readers import ANY_ESCAPE, DIALECTS, Dialect
from reconciler.drivers.textfile.format import Unwritable

_LINE_END = re.compile(r"[\r\n]")
_PAIR = re.compile(r"(['\"])([^\r\n]*)\1")


class Meant(NamedTuple):
    """`length` counts characters as they are written; `replaced`: the reader puts something else in the place of it;
    not `known`: it rejects the line, or makes something of it that is not worked out here.
    """

    value: str | None
    length: int
    closed: bool
    replaced: bool
    known: bool = True


def spelled(reader: str, value: str, *, quote: str = "", alone: bool = True) -> str:
    """The value as this reader reads it: quoted as it was before, where that can carry it, else the plainest way.

    `alone`: nothing stands behind it on its line. Raises Unwritable where the reader cannot be told it.
    """
    if "\0" in value:
        raise Unwritable("a value holds a NUL character", fix="an environment variable cannot hold it")
    if not value and alone and not quote:
        return ""
    ways = DIALECTS[reader].ways
    as_before = (way for way in ways if way.quote == quote)
    way = next((way for some in (as_before, ways) for way in some if way.fits(value)), None)
    if way is None:
        raise Unwritable(_what(reader), fix=_fix(reader))
    return way.written(value)


def meant(reader: str, text: str, at: int) -> Meant:
    """What the reader makes of the value that begins at `at`, behind `KEY=`."""
    dialect = DIALECTS[reader]
    line = _line(text, at)
    if dialect.comment and dialect.comment.match(text, at - 1 if text[at - 1 : at] in (" ", "\t") else at):
        return Meant(value="", length=0, closed=True, replaced=False)
    quote, inner, length, closed = _parts(dialect, text, at, line)
    if inner is None:
        return Meant(value=None, length=length, closed=closed, replaced=False, known=False)
    value: str | None = _decoded(inner, dialect.decodes.get(quote, {}))
    if inner.lower() in dialect.words:
        value = dialect.words[inner.lower()]
    elif dialect.words and (pair := _PAIR.fullmatch(value or "")):
        value = pair[2]
    expands = dialect.expands.get(quote)
    return Meant(value=value, length=length, closed=closed, replaced=bool(expands and expands.search(inner)))


def _parts(dialect: Dialect, text: str, at: int, line: str) -> tuple[str, str | None, int, bool]:
    """The quote, the text between (None: rejected), how long it is written, and whether the quote is closed."""
    if dialect.whole:
        found = line.strip() if dialect.strips else line
        quote = _quotes(dialect, found)
        return quote, found[1:-1] if quote else found, len(line), True
    quote = line[:1]
    if quote and any(way.quote == quote for way in dialect.ways):
        closed = _closed(quote, quote in dialect.protected).match(text, at)
        if closed is None and not (dialect.loose and _quotes(dialect, line.rstrip())):
            return "", None, len(line), False
        if closed and (_is_end(dialect, behind := _line(text, closed.end())) or dialect.ignores):
            return quote, closed[1], closed.end() - at + (0 if _is_end(dialect, behind) else len(behind)), True
        if closed and not dialect.loose:
            return quote, None, closed.end() + len(behind) - at, True
    plain = (dialect.comment.split(line, maxsplit=1)[0] if dialect.comment else line).rstrip()
    if dialect.loose and (quote := _quotes(dialect, plain)):
        return quote, plain[1:-1], len(plain), True
    return "", plain if dialect.bare.fullmatch(plain) else None, len(plain), True


def _line(text: str, at: int) -> str:
    end = _LINE_END.search(text, at)
    return text[at : end.start() if end else len(text)]


@cache
def _closed(quote: str, protected: bool) -> re.Pattern[str]:
    body = rf"(?:\\.|[^\\{quote}])*" if protected else f"[^{quote}]*"
    return re.compile(f"{quote}({body}){quote}", re.DOTALL)


def _is_end(dialect: Dialect, behind: str) -> bool:
    comment = behind.lstrip() if dialect.glued else behind[1:].lstrip() if behind[:1] in (" ", "\t") else behind[:0]
    return not behind.strip() or (dialect.comment is not None and comment.startswith("#"))


def _quotes(dialect: Dialect, text: str) -> str:
    """The quote that stands at both ends; empty for none."""
    known = {way.quote for way in dialect.ways if way.quote}
    return text[0] if len(text) > 1 and text[0] == text[-1] and text[0] in known else ""


def _decoded(text: str, decodes: Mapping[str, str]) -> str:
    """`\\.` in `decodes`: a backslash goes wherever nothing else is said."""
    if not decodes or "\\" not in text:
        return text
    dropped = 1 if ANY_ESCAPE in decodes else 0
    return re.sub(r"\\.", lambda match: decodes.get(match.group(), match.group()[dropped:]), text, flags=re.DOTALL)


def _what(reader: str) -> str:
    if reader == "any":
        return "readers of dotenv files disagree about this value"
    return f"{reader} would decode, expand or truncate this value"


def _fix(reader: str) -> str:
    if reader == "any":
        return "name the program that reads this file, e.g. connection.reader: compose"
    return "choose another value"
