"""How each reader of dotenv files takes a value: what its quotes decode and expand, and which values they can carry.

One table, pure data; `tests/conformance` asks the readers themselves. `dotenv_values` uses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

_BREAKS = "\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"  # where str.splitlines splits
_CONTROL = "\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff"
_PLAIN = r"[A-Za-z0-9_./:@%+,=-]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to write a value: `takes` fits all of what it can carry, `escapes` is how it writes characters."""

    quote: str = ""
    takes: str
    escapes: Mapping[str, str] = field(default_factory=dict)
    wrapped: bool = False  # in single quotes inside of these: Laravel's env() takes the outermost pair away

    def fits(self, value: str) -> bool:
        return _compiled(self.takes).fullmatch(value) is not None

    def written(self, value: str) -> str:
        escapes = {ord(character): escaped for character, escaped in self.escapes.items()}
        inner = value.translate(escapes)
        return f"{self.quote}'{inner}'{self.quote}" if self.wrapped else f"{self.quote}{inner}{self.quote}"


@cache
def _compiled(takes: str) -> re.Pattern[str]:
    """When it is first asked: nobody needs all of them."""
    return re.compile(takes, re.DOTALL)


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
    return Way(quote=quote, takes=takes, escapes={**written, **more})


_BARE = _way("", _PLAIN)
_RAW = _way("'", rf"[^'\r\n{_CONTROL}]*")
_N, _R, _T = ({character: f"\\{letter}"} for character, letter in (("\n", "n"), ("\r", "r"), ("\t", "t")))
ANY_ESCAPE = "\\."
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
    comment=re.compile(r"(?<=[^=])\s#"),
)

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
        decodes={'"': {ANY_ESCAPE: "", "\\n": "\\n", "\\r": "\\r", "\\t": "\\t"}},
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
        decodes={"": {"\\$": "$"}, '"': {ANY_ESCAPE: "", "\\n": "\n", "\\r": "\r"}},
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
            Way(quote='"', takes=r"[^\r\n]*", escapes=_way('"', "", '\\"$').escapes, wrapped=True),
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
    "authentik": _COMPOSE,
    # Compose, or its own dotenvy, which knows no \r
    "vaultwarden": replace(
        _COMPOSE, ways=(_BARE, _way("'", rf"[^'\\\r\n{_CONTROL}]*"), _way('"', r"[^\r]*", '\\"$', **_N))
    ),
    # app/models/global_setting.rb: ERB, then one line each; quotes carry no escapes, and blanks at both ends go
    "discourse": Dialect(
        ways=(_BARE, *(_way(quote, rf"(?![ \t\x0b\x0c])[^{quote}\r\n]*(?<![ \t\x0b\x0c\0])") for quote in "'\"")),
        comment=re.compile("#"),
        protected="",
        exported=False,
        ignores=True,
        bare=re.compile(r"[^'\"].*|"),
    ),
    "godotenv": Dialect(
        ways=(_BARE, _way("'", r"[^'\r\n]*(?<!\\)"), _way('"', r"[^\"\r\n]*(?<!\\)", "\\$", **_N)),
        decodes={"'": {}, '"': {ANY_ESCAPE: "", "\\n": "\n", "\\r": "\r"}},
        expands=dict.fromkeys(("", '"'), re.compile(r"(?<!\\)\$[A-Z0-9_{(]")),
        protected="'\"",
        comment=re.compile(r"(?<=[^=])\s#"),
    ),
}
