"""How each reader of dotenv files takes a value: what its quotes decode and expand, and which values they can carry.

One table; `tests/conformance` asks the readers themselves. Pure data, and the two functions that use it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from reconciler.drivers.textfile.format import Unwritable

_BREAKS = "\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"  # where str.splitlines splits
_CONTROL = "\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff"
_PLAIN = r"[A-Za-z0-9_./:@%+,=-]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to write a value: `takes` fits all of what it can carry, `escapes` is how it writes characters."""

    quote: str = ""
    takes: re.Pattern[str]
    escapes: Mapping[str, str] = field(default_factory=dict)
    wrapped: bool = False  # in single quotes inside of these: Laravel's env() takes the outermost pair away

    def written(self, value: str) -> str:
        inner = "".join(self.escapes.get(character, character) for character in value)
        return f"{self.quote}'{inner}'{self.quote}" if self.wrapped else f"{self.quote}{inner}{self.quote}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """`decodes` and `expands` are by quote (empty: none): what the reader makes of the text between.

    `whole` readers take a line as it is: a quote counts at both ends only, and a comment belongs to the value.
    """

    ways: Sequence[Way]
    decodes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    expands: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    whole: bool = False
    strips: bool = True  # blanks around a value of a `whole` reader
    loose: bool = False  # quotes at both ends go, whatever is between
    protected: str = '"'  # quotes that a backslash keeps from closing
    comment: re.Pattern[str] | None = re.compile(r"\s#")  # where one begins behind a value, or behind `=` and a blank
    glued: bool = True  # a comment may begin right behind a closing quote
    ignores: bool = False  # what stands behind a closing quote is left out; else the reader rejects it
    bare: re.Pattern[str] = re.compile(r".*")  # the values without quotes that it takes as they are
    spaced: bool = True  # `KEY = value` is read
    indented: bool = True  # blanks before the key
    exported: bool = True  # `export KEY=value` is read
    crlf: bool = True  # a carriage return before the line end is none of the value
    words: Mapping[str, str | None] = field(default_factory=dict)  # plain words that are no text


def _way(quote: str, takes: str, escapes: str = "", **more: str) -> Way:
    written = {character: f"\\{character}" for character in escapes}
    return Way(quote=quote, takes=re.compile(takes, re.DOTALL), escapes={**written, **more})


_BARE = _way("", _PLAIN)
_RAW = _way("'", rf"[^'\r\n{_CONTROL}]*")
_N, _R, _T = ({character: f"\\{letter}"} for character, letter in (("\n", "n"), ("\r", "r"), ("\t", "t")))
_ANY = "\\."
_SLASHES = {"\\\\": "\\", '\\"': '"'}
_DOLLARS = {**_SLASHES, "\\$": "$"}
_LETTERS = {"\\n": "\n", "\\r": "\r", "\\t": "\t"}
_NO_BRACES = r"(?!.*\$\{[^}:]*(?::-[^}]*)?\})"  # python-dotenv replaces these in any quotes
_DOLLAR = re.compile(r"(?<!\\)\$[A-Za-z_{(]")
_BRACES = re.compile(r"\$\{[^}:]*(?::-[^}]*)?\}")
_SHELL = re.compile(r"(?<!\\)(?:\$[A-Za-z0-9_{(!?@*#$-]|`)")

_WORD = re.compile(r"[^\s'\"`\\|&;<>()]*")

_PYTHON = Dialect(
    ways=(
        _BARE,
        _way("'", rf"{_NO_BRACES}[^\r]*", "\\'"),
        _way('"', rf"{_NO_BRACES}.*", '\\"', **_N, **_R, **_T),
    ),
    decodes={"'": {"\\\\": "\\", "\\'": "'"}, '"': {**_SLASHES, **_LETTERS, "\\'": "'"}},
    expands=dict.fromkeys(("", "'", '"'), _BRACES),
    protected="'\"",
)
_SINGLE_LINE = rf"[^{_BREAKS}]*"
_LARAVEL_TEXT = (
    r"(?i:true|false|null|empty|\((?:true|false|null|empty)\))\Z"  # these words, and quotes at both ends
    r"|(['\"]).*\1\Z"
)
_PHP = Dialect(
    ways=(_BARE, _RAW, _way('"', ".*", '\\"$', **_N, **_R)),
    decodes={"'": {}, '"': {**_DOLLARS, **_LETTERS}},
    expands={"": _DOLLAR, '"': re.compile(r"(?<!\\)\$\{")},
    comment=re.compile("#"),
    bare=re.compile(r"\S*"),
)
_SHELL_DIALECT = Dialect(
    ways=(_BARE, _way("'", "[^']*"), _way('"', ".*", '\\"$`')),
    decodes={"'": {}, '"': {**_DOLLARS, "\\`": "`"}},
    expands={"": _SHELL, '"': _SHELL},
    spaced=False,
    crlf=False,
    glued=False,
    bare=_WORD,
)
_COMPOSE = Dialect(
    ways=(_BARE, _way("'", rf"[^'\\\r\n{_CONTROL}]*"), _way('"', ".*", '\\"$', **_N, **_R)),
    decodes={"'": {"\\'": "'"}, '"': {**_DOLLARS, **_LETTERS}},
    expands=dict.fromkeys(("", '"'), _DOLLAR),
    protected="'\"",
)
_LINE_END = re.compile(r"[\r\n]")
_PAIR = re.compile(r"(['\"])([^\r\n]*)\1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """`length` counts characters as they are written; `replaced`: the reader puts something else in the place of it;
    not `known`: it rejects the line, or makes something of it that is not worked out here.
    """

    value: str | None
    length: int
    closed: bool
    replaced: bool
    known: bool = True


DIALECTS: Mapping[str, Dialect] = {
    # what all of them (but npm-dotenv-expand) read alike
    "any": Dialect(
        ways=(
            _BARE,
            _way("'", rf"(?!\$|(['\"]).*\1\Z)(?!.*\$[{{(])(?!.*\\\\)[^'{_BREAKS}{_CONTROL}]*(?<!\\)"),
            _way('"', rf"(?!(['\"]).*\1\Z)[^\"\\$`{_BREAKS}{_CONTROL}]*"),
        ),
        decodes={"'": {"\\\\": "\\", "\\'": "'"}, '"': {**_SLASHES, **_LETTERS, "\\'": "'"}},
        expands=dict.fromkeys(("", '"'), _DOLLAR) | {"'": _BRACES},
        protected="'\"",
    ),
    "python-dotenv": _PYTHON,
    "environs": _PYTHON,
    "django-environ": Dialect(
        ways=(
            _BARE,
            _way("'", rf"(?!\$|\".*\"\Z)[^'{_BREAKS}]*"),
            _way('"', rf"(?!\$){_SINGLE_LINE}", '\\"'),
        ),
        decodes={'"': {_ANY: "", "\\n": "\\n", "\\r": "\\r", "\\t": "\\t"}},
        expands=dict.fromkeys(("", "'", '"'), re.compile(r"\A\$")),
        whole=True,
        strips=False,
        spaced=False,
        indented=False,
        comment=None,
    ),
    "decouple": Dialect(
        ways=(_BARE, _way("'", r"[^\r\n]*"), _way('"', r"[^\r\n]*")), whole=True, comment=None, exported=False
    ),
    "npm-dotenv": Dialect(
        ways=(
            _BARE,
            _way("'", r"[^'\r]*(?<!\\)"),
            _way("`", r"[^`\r]*(?<!\\)"),
            _way('"', r"[^\"\\\r]*"),
            _way("'", r"[^#\\\r\n]*"),
        ),
        decodes={'"': {"\\n": "\n", "\\r": "\r"}},
        loose=True,
        protected="'\"`",
        comment=re.compile("#"),
    ),
    "npm-dotenv-expand": Dialect(
        ways=(
            _BARE,
            _way("'", r"(?!.*\$\()[^'\\\r]*", "$"),
            _way("`", r"(?!.*\$\()[^`\\\r]*", "$"),
            _way('"', r"(?!.*\$\()[^\"\\\r]*", "$"),
            _way("'", r"[^'\\$\r]*(?<!\\)"),
            _way("'", r"[^'$\r]*(?<!\\)"),
        ),
        decodes={"": {"\\$": "$"}, "'": {"\\$": "$"}, "`": {"\\$": "$"}, '"': {"\\n": "\n", "\\r": "\r", "\\$": "$"}},
        expands=dict.fromkeys(("", "'", '"', "`"), _DOLLAR),
        loose=True,
        protected="'\"`",
        comment=re.compile("#"),
    ),
    "node": Dialect(
        ways=(_BARE, _way("'", r"[^'\r]*"), _way("`", r"[^`\r]*"), _way('"', r"[^\"\\\r]*")),
        decodes={'"': {"\\n": "\n"}},
        protected="",
        ignores=True,
        comment=re.compile("#"),
    ),
    "ruby-dotenv": Dialect(
        ways=(
            _BARE,
            _way("'", r"[^'\r\n]*(?<!\\)"),
            _way('"', r"(?!.*\\[nr])(?!.*\$\().*", '\\"$', **_N, **_R),
            _way("'", r"[^#\\\r\n]*"),
        ),
        decodes={"": {"\\$": "$"}, '"': {_ANY: "", "\\n": "\n", "\\r": "\r"}},
        expands=dict.fromkeys(("", '"'), _DOLLAR),
        loose=True,
        comment=re.compile("#"),
        protected="'\"",
    ),
    "phpdotenv": _PHP,
    "laravel": Dialect(
        ways=(
            _way("", rf"(?!{_LARAVEL_TEXT}){_PLAIN}"),
            _way("'", rf"(?!{_LARAVEL_TEXT})[^'\r\n{_CONTROL}]*"),
            _way('"', rf"(?!{_LARAVEL_TEXT}).*", '\\"$', **_N, **_R),
            Way(quote='"', takes=re.compile(r"[^\r\n]*"), escapes=_way('"', "", '\\"$').escapes, wrapped=True),
        ),
        decodes=_PHP.decodes,
        expands=_PHP.expands,
        comment=_PHP.comment,
        bare=_PHP.bare,
        words={"null": None, "(null)": None, "empty": "", "(empty)": "", "(true)": "true", "(false)": "false"},
    ),
    "symfony": Dialect(
        ways=(_BARE, _way("'", r"[^'\r]*"), _way('"', r"(?!.*\\[nr\"])(?!.*\$\().*", '\\"$', **_R)),
        decodes={"'": {}, '"': {**_DOLLARS, "\\n": "\n", "\\r": "\r"}},
        expands=dict.fromkeys(("", '"'), _DOLLAR),
        spaced=False,
        comment=re.compile(r"\s#|^#"),
        glued=False,
        bare=_WORD,
    ),
    "shell": _SHELL_DIALECT,
    "systemd": Dialect(
        ways=(_BARE, _way("'", rf"[^'\r{_CONTROL}]*"), _way('"', rf"[^\r{_CONTROL}]*", '\\"$`')),
        decodes={"": {}, "'": {}, '"': {**_DOLLARS, "\\`": "`"}},
        exported=False,
        comment=None,
        bare=re.compile(r"[^\\]*"),
    ),
    "compose": _COMPOSE,
    "grafana": _COMPOSE,
    "godotenv": Dialect(
        ways=(_BARE, _way("'", r"[^'\r\n]*(?<!\\)"), _way('"', r"[^\"\r\n]*(?<!\\)", "\\$", **_N)),
        decodes={"'": {}, '"': {_ANY: "", "\\n": "\n", "\\r": "\r"}},
        expands=dict.fromkeys(("", '"'), re.compile(r"(?<!\\)\$[A-Z0-9_{(]")),
        protected="'\"",
        comment=re.compile(r"(?<=[^=])\s#"),
    ),
}


def spelled(reader: str, value: str, *, quote: str = "", alone: bool = True) -> str:
    """The value as this reader reads it: quoted as it was before, where that can carry it, else the plainest way.

    `alone`: nothing stands behind it on its line. Raises Unwritable where the reader cannot be told it.
    """
    if "\0" in value:
        raise Unwritable("a value holds a NUL character", fix="an environment variable cannot hold it")
    if not value and alone and not quote:
        return ""
    fitting = [way for way in DIALECTS[reader].ways if way.takes.fullmatch(value)]
    if not fitting:
        raise Unwritable(_what(reader), fix=_fix(reader))
    return next((way for way in fitting if way.quote == quote), fitting[0]).written(value)


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
    dropped = 1 if _ANY in decodes else 0
    return re.sub(r"\\.", lambda match: decodes.get(match.group(), match.group()[dropped:]), text, flags=re.DOTALL)


def _what(reader: str) -> str:
    if reader == "any":
        return "readers of dotenv files differ in what they make of this value"
    return f"{reader} would decode, expand or cut a part of this value"


def _fix(reader: str) -> str:
    if reader == "any":
        return "name the program that reads this file, e.g. connection.reader: compose"
    return "choose another value"
