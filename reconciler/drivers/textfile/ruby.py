"""Changes literal assignments `hash['name'] = value` in a Ruby text such as gitlab.rb; a key is `hash.name`.

This is no Ruby parser: a key that is computed, conditional or assigned twice is refused, and nothing else is touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.drivers.textfile.format import Unwritable, defined_twice, line_end, lines
from reconciler.model.text.scalar import Scalar

_ASSIGNMENT = re.compile(
    r"(?P<head>\s*(?P<hash>[a-z_]\w*)\[(?P<quote>['\"])(?P<name>\w+)(?P=quote)\][^\S\r\n]*=(?!=)[^\S\r\n]*)"
    r"(?P<rest>[^\r\n]*?)(?P<end>[^\S\r\n]*[\r\n]*)"
)
_COMMENTED = re.compile(r"\s*#\s*(?P<hash>[a-z_]\w*)\[(['\"])(?P<name>\w+)\2\]\s*=")
_SINGLE = r"'(?:\\.|[^'\\])*'"
_DOUBLE = r'"(?:\\.|[^"\\])*"'
_LITERAL = re.compile(rf"(?P<raw>{_SINGLE}|{_DOUBLE}|-?[0-9]+|true|false|nil|:\w+)(?P<tail>\s*;?\s*(?:#.*)?)")
_NOT_CODE = re.compile(rf"{_SINGLE}|{_DOUBLE}|#.*")
_HEREDOC = re.compile(r"<<[-~]?(['\"`]?)(?P<word>[A-Z_]\w*)\1")
_OPENING = re.compile(r"\s*(?:if|unless|case|while|until|for|begin|def|class|module)\b|.*\bdo\s*(?:\|[^|]*\|\s*)?\Z")
_CLOSING = re.compile(r"\s*end\b")
# `#{…}` in double quotes, or an escape that is not read here
_INTERPOLATED = re.compile(r"\"(?:\\.|[^\\])*?(?:#[{$@]|\\[^\\\"'#ntres0])")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "s": " ", "0": "\0"}
_NAME = re.compile(r"(?P<hash>[a-z_]\w*)\.(?P<name>\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """`key` is None for all that is no assignment; `raw` is None for one whose value is computed."""

    text: str
    key: str | None = None
    head: str = ""
    raw: str | None = None
    tail: str = ""
    source: str = ""  # the value as it is written
    commented: str | None = None
    block: bool = False


def entries(text: str, reader: str = "") -> Sequence[tuple[str, Scalar | None]]:
    """A value that Ruby computes is shown as it is written."""
    return [
        (line.key, line.source if line.raw is None else _value(line.raw))
        for line in _lines(text)
        if line.key is not None
    ]


def variables(text: str, reader: str = "") -> frozenset[str]:
    """None that the values do not show."""
    return frozenset()


def changed(text: str, changes: Mapping[str, Scalar | None], reader: str = "") -> str:
    """The text with these values. Raises Unwritable for a key that is defined twice or has no place."""
    there = list(_lines(text))
    end = line_end(text)
    for key, value in changes.items():
        found = [index for index, line in enumerate(there) if line.key == key]
        if len(found) > 1:
            raise defined_twice(key)
        if found:
            there[found[0]] = _changed(there[found[0]], key, value)
        elif value is not None:
            _insert(there, key, value, end)
    return "".join(line.text for line in there)


def _lines(text: str) -> Iterator[_Line]:
    """Code by line; what stands in a here-document, a =begin comment, brackets or behind __END__ is passed over."""
    until: str | None = None
    brackets = blocks = 0
    for line in lines(text):
        plain = line.strip()
        if until is not None:
            until = None if plain == until else until
            yield _Line(text=line)
            continue
        if line.startswith("=begin") or plain == "__END__":
            until = "=end" if line.startswith("=begin") else "\0"
            yield _Line(text=line)
            continue
        inside = brackets > 0
        code = _NOT_CODE.sub("", line)
        if not plain.startswith("#"):
            brackets += len(re.findall(r"[\[({]", code)) - len(re.findall(r"[\])}]", code))
            opens = _OPENING.match(code.strip()) and not re.search(r"\bend\s*\Z", code)
            blocks += bool(opens) - bool(_CLOSING.match(code))
            if heredoc := _HEREDOC.search(re.sub(r"#.*", "", line)):
                until = heredoc["word"]
        yield _Line(text=line) if inside else _read(line, block=blocks > 0)


def _read(line: str, *, block: bool) -> _Line:
    if commented := _COMMENTED.match(line):
        return _Line(text=line, commented=f"{commented['hash']}.{commented['name']}", block=block)
    if (match := _ASSIGNMENT.fullmatch(line)) is None:
        return _Line(text=line)
    literal = _LITERAL.fullmatch(match["rest"])
    return _Line(
        text=line,
        key=f"{match['hash']}.{match['name']}",
        head=match["head"],
        raw=literal["raw"] if literal and not _INTERPOLATED.match(literal["raw"]) else None,
        tail=(literal["tail"] if literal else "") + match["end"],
        source=match["rest"],
        block=block,
    )


def _value(raw: str) -> Scalar | None:
    if raw[0] == "'":
        return re.sub(r"\\([\\'])", r"\1", raw[1:-1])
    if raw[0] == '"':
        return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), raw[1:-1])
    words: Mapping[str, bool | None] = {"true": True, "false": False, "nil": None}
    return words[raw] if raw in words else raw if raw[0] == ":" else int(raw)


def _changed(line: _Line, key: str, value: Scalar | None) -> _Line:
    if line.raw is None:
        raise Unwritable(f"{key} is computed in Ruby", fix="write a plain string, number, true or false there by hand")
    if line.block:
        raise Unwritable(f"{key} is inside a block (if, do, …)", fix="assign it once, outside of any block")
    if value is None:
        return _Line(text="")
    new = _written(value, quote=line.raw[0])
    return replace(line, text=f"{line.head}{new}{line.tail}", raw=new)


def _written(value: Scalar, *, quote: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and quote not in ("'", '"'):
        return str(value)
    text = str(value)
    if re.search(r"[\r\n\0]", text):
        raise Unwritable("a value holds a line break or a NUL character", fix="it does not fit on one line of Ruby")
    if quote == '"' and not re.search(r"[\\\"]|#[{$@]", text):
        return f'"{text}"'
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _insert(there: list[_Line], key: str, value: Scalar, end: str) -> None:
    """Below the line that shows it commented out, else behind the last plain assignment of the same hash."""
    if (named := _NAME.fullmatch(key)) is None:
        raise Unwritable(f"{key} is not a valid Ruby key", fix="use hash.name, e.g. gitlab_rails.smtp_address")
    shown = [index for index, line in enumerate(there) if line.commented == key and not line.block]
    known = [index for index, line in enumerate(there) if _plain(there, index, f"{named['hash']}.")]
    stop = next((index for index, line in enumerate(there) if line.text.strip() == "__END__"), len(there))
    at = shown[0] if len(shown) == 1 else known[-1] if known else stop - 1
    head = f"{named['hash']}['{named['name']}'] = "
    new = _written(value, quote="'" if isinstance(value, str) else "")
    line = _Line(text=f"{head}{new}{end}", key=key, head=head, raw=new, tail=end)
    if at >= 0 and not there[at].text.endswith(("\n", "\r")):
        there[at] = replace(there[at], text=there[at].text + end, tail=there[at].tail + end)
        line = replace(line, text=line.text[: -len(end)])
    there.insert(at + 1, line)


def _plain(there: Sequence[_Line], index: int, prefix: str) -> bool:
    line = there[index]
    return line.key is not None and line.key.startswith(prefix) and line.raw is not None and not line.block
