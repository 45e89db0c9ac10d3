"""Changes literal constants `define('NAME', value);` in a PHP text such as wp-config.php; a key is the constant's name.

The text is taken apart into PHP's tokens, so that nothing in a comment, a string or HTML is taken for code. A constant
that is computed, conditional or defined twice is refused, and nothing else is touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.drivers.textfile.format import Broken, Unwritable, defined_twice, line_end
from reconciler.model.text.scalar import Scalar, as_text

_TOKEN = re.compile(
    r"(?P<comment>/\*.*?\*/|(?://|\#(?!\[))(?:(?!\?>)[^\r\n])*)"
    r"|(?P<string>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:\\.|[^`\\])*`"
    r"|<<<[ \t]*(?P<quote>['\"]?)(?P<word>\w+)(?P=quote)\r?\n.*?^[ \t]*(?P=word)\b)"
    r"|(?P<html>\?>.*?(?:<\?php\b|<\?=|\Z))|(?P<blank>\s+)|(?P<name>\$*[A-Za-z_\\\x80-\U0010ffff][\w\\]*)"
    r"|(?P<number>[0-9][0-9_]*)|(?P<sign>&&|\|\||->|::|.)",
    re.DOTALL | re.MULTILINE,
)
_OPEN = re.compile(r".*?<\?php\b", re.DOTALL)
_LITERAL = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|-?[0-9]+|(?i:true|false|null)", re.DOTALL)
_INTERPOLATED = re.compile(r"(?<!\\)(?:\\\\)*(?:\$[A-Za-z_{]|\{\$)")
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u\{([0-9A-Fa-f]+)\}|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "e": "\x1b", "f": "\f", "\\": "\\", "$": "$", '"': '"'}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BLOCKS = frozenset({"if", "for", "foreach", "while", "switch", "declare"})
_LAST_WORDS = re.compile(r"stop editing", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Constant:
    """`start` and `end` are those of its value, `first` and `last` those of its statement; `raw` is None for a value
    that is computed, or that `const` gives it; `alone`: no condition decides whether it is defined."""

    key: str
    source: str
    raw: str | None
    start: int
    end: int
    first: int
    last: int
    alone: bool


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where in the code a walk over its tokens is."""

    parens: list[str] = field(default_factory=list)  # the word before each open one
    blocks: int = 0
    before: str = ";"  # the last token that is neither blank nor comment
    closed: str = ""  # the word before the parenthesis that was closed last

    @property
    def top(self) -> bool:
        """At the beginning of a statement that is always carried out."""
        return self.blocks == 0 and not self.parens and self.before in (";", "}", "<?php")

    def went(self, token: _Token) -> None:
        text = token.text
        if token.kind == "html":
            text = "<?php"
        elif text == "(":
            self.parens.append(self.before.lower())
        elif text == ")" and self.parens:
            self.closed = self.parens.pop()
        elif text in ("{", "}"):
            self.blocks += 1 if text == "{" else -1
        elif text == ":" and self.before == ")" and self.closed in _BLOCKS:  # if (…): … endif;
            self.blocks += 1
        elif text.lower().startswith("end") and text.lower()[3:] in _BLOCKS:
            self.blocks -= 1
        self.before = text


def entries(text: str, reader: str = "") -> Sequence[tuple[str, Scalar | None]]:
    """A value that PHP computes is shown as it is written. Raises Broken for a text without `<?php`."""
    found = _constants(text)
    return [(one.key, one.source if one.raw is None else _value(one.raw)) for one in found]


def variables(text: str, reader: str = "") -> frozenset[str]:
    """Those that PHP computes."""
    return frozenset(one.key for one in _constants(text) if one.raw is None)


def changed(text: str, changes: Mapping[str, Scalar | None], reader: str = "") -> str:
    """The text with these values. Raises Unwritable for a constant that is defined twice, computed or has no place."""
    there = _constants(text)
    edits: list[tuple[int, int, str]] = []
    new: list[str] = []
    for key, value in changes.items():
        found = [one for one in there if one.key == key]
        if len(found) > 1:
            raise defined_twice(key)
        if found:
            edits.append(_edit(text, found[0], value))
        elif value is not None:
            new.append(_statement(key, value))
    if new:
        at, before, after = _place_of_new(text, there, next(key for key in changes), line_end(text))
        edits.append((at, at, before + line_end(text).join(new) + after))
    for start, end, instead in sorted(edits, reverse=True):
        text = text[:start] + instead + text[end:]
    return text


def _edit(text: str, one: _Constant, value: Scalar | None) -> tuple[int, int, str]:
    if one.raw is None:
        raise Unwritable(f"{one.key} is computed in PHP", fix=f"write define('{one.key}', 'a plain text'); by hand")
    if not one.alone:
        raise Unwritable(f"{one.key} is defined under a condition", fix="define it once, outside of any condition")
    if value is not None:
        return one.start, one.end, _written(value, old=one.raw)
    start = max(text.rfind("\n", 0, one.first), text.rfind("\r", 0, one.first)) + 1
    end = _end_of_line(text, one.last)
    rest = text[one.last : end].strip()
    if text[start : one.first].strip() or (rest and not rest.startswith(("//", "#", "/*"))):
        raise Unwritable(f"{one.key} shares its line with something else", fix="put it on its own line")
    return start, end, ""


def _statement(key: str, value: Scalar) -> str:
    if not _NAME.fullmatch(key):
        raise Unwritable(f"{key} is not a valid name of a constant", fix="use letters, digits and _")
    return f"define( '{key}', {_written(value)} );"


def _written(value: Scalar, *, old: str = "") -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and old[:1] not in ("'", '"'):
        return str(value)
    text = as_text(value)
    if "\0" in text:
        raise Unwritable("a value holds a NUL character", fix="choose another value")
    if old[:1] == '"' and not re.search(r"[\\\"$]", text):
        return f'"{text}"'
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _value(raw: str) -> Scalar | None:
    if raw[0] == "'":
        return re.sub(r"\\([\\'])", r"\1", raw[1:-1])
    if raw[0] == '"':
        return _ESCAPE.sub(_escaped, raw[1:-1])
    words: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}
    return words[raw.lower()] if raw.lower() in words else int(raw)


def _escaped(match: re.Match[str]) -> str:
    octal, hexadecimal, point, letter = match.groups()
    if letter is not None:
        return _LETTERS.get(letter, match.group())
    code = int(octal, 8) & 0xFF if octal else int(hexadecimal or point, 16)
    # a single byte of UTF-8 is no character
    return chr(code) if code < 0x80 or (point and code < 0xD800) else match.group()


def _place_of_new(text: str, there: Sequence[_Constant], key: str, end: str) -> tuple[int, str, str]:
    """Below the last one of its family (`WPMS_`), else above the line up to which one may edit, else at the end."""
    family = f"{key.partition('_')[0]}_"
    mine = [one for one in there if one.alone and one.key.startswith(family)]
    if mine:
        at = _end_of_line(text, mine[-1].last)
        return (at, "", end) if text[:at].endswith(("\n", "\r")) else (at, end, "")
    tokens = list(_tokens(text))
    last_words = next((one for one in tokens if one.kind == "comment" and _LAST_WORDS.search(one.text)), None)
    start = last_words.start if last_words else _first_of_wordpress(tokens)
    if start is not None:
        return max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1, "", end + end
    if tokens and tokens[-1].kind == "html":
        return tokens[-1].start, "", end
    return len(text), "" if text.endswith(("\n", "\r")) else end, end


def _first_of_wordpress(tokens: Sequence[_Token]) -> int | None:
    """The statement that first asks for ABSPATH: there the settings end, and WordPress is loaded."""
    place, begins = _Place(before="<?php"), 0
    for token in tokens:
        if token.kind in ("blank", "comment"):
            continue
        if place.top:
            begins = token.start
        if "ABSPATH" in token.text:
            return begins
        place.went(token)
    return None


def _end_of_line(text: str, at: int) -> int:
    """Behind the line end."""
    match = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)").match(text, at)
    return match.end() if match else len(text)


def _constants(text: str) -> list[_Constant]:
    if not text.strip():
        raise Unwritable("there is no PHP in the file", fix="create the application's file first")
    tokens = [one for one in _tokens(text) if one.kind not in ("blank", "comment")]
    place, found = _Place(before="<?php"), list[_Constant]()
    for index, token in enumerate(tokens):
        word, called = token.text.lower(), tokens[index + 1].text if index + 1 < len(tokens) else ""
        plain = token.kind == "name" and place.before not in ("->", "::", "function")
        if plain and word.lstrip("\\") == "define" and called == "(":
            found += _defined(text, tokens, index, alone=place.top)
        elif plain and word == "const" and place.blocks == 0:
            found += _declared(text, tokens, index)
        place.went(token)
    return found


def _defined(text: str, tokens: Sequence[_Token], index: int, *, alone: bool) -> Iterator[_Constant]:
    depth, commas, at = 0, list[int](), index + 1
    for at in range(index + 1, len(tokens)):
        depth += (tokens[at].text in ("(", "[")) - (tokens[at].text in (")", "]"))
        if depth == 0:
            break
        if depth == 1 and tokens[at].text == ",":
            commas.append(at)
    name = tokens[index + 2].text if index + 2 < len(tokens) else ""
    if not commas or commas[0] != index + 3 or name[:1] not in ("'", '"') or commas[0] + 1 >= at:
        return
    first, last = tokens[commas[0] + 1], tokens[(commas[1] if len(commas) > 1 else at) - 1]
    ended = at + 1 < len(tokens) and tokens[at + 1].text == ";"
    yield _constant(text, name[1:-1], first, last, (tokens[index].start, tokens[at + ended].end), alone=alone and ended)


def _declared(text: str, tokens: Sequence[_Token], index: int) -> Iterator[_Constant]:
    """`const NAME = value;`, which is left alone."""
    rest = [one.text for one in tokens[index + 1 : index + 3]]
    end = next((at for at in range(index, len(tokens)) if tokens[at].text == ";"), len(tokens) - 1)
    if len(rest) == 2 and rest[1] == "=" and end > index + 3:
        first, last = tokens[index + 3], tokens[end - 1]
        found = _constant(text, rest[0], first, last, (tokens[index].start, tokens[end].end), alone=True)
        yield replace(found, raw=None)


def _constant(
    text: str, key: str, first: _Token, last: _Token, statement: tuple[int, int], *, alone: bool
) -> _Constant:
    source = text[first.start : last.end]
    literal = _LITERAL.fullmatch(source) and not (source[0] == '"' and _INTERPOLATED.search(source))
    return _Constant(
        key=key,
        source=source,
        raw=source if literal else None,
        start=first.start,
        end=last.end,
        first=statement[0],
        last=statement[1],
        alone=alone,
    )


def _tokens(text: str) -> Iterator[_Token]:
    opened = _OPEN.match(text)
    if opened is None:
        raise Broken("there is no <?php in it", fix="correct connection.path")
    for match in _TOKEN.finditer(text, opened.end()):
        yield _Token(kind=str(match.lastgroup), text=match.group(), start=match.start())
