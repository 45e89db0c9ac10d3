"""Changes values in an INI text, line by line, as go-ini (Grafana, Gitea) reads it; a key is `section.key`.

There, `#` and `;` begin a comment anywhere in a plain value, so that a value that holds one stands in triple quotes.
`%(name)s` and `${NAME}` are replaced by the application and cannot be escaped: such a value is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.drivers.textfile.format import Unwritable, defined_twice, line_end, lines
from reconciler.model.text.scalar import Scalar, as_text

_SECTION = re.compile(r"\s*\[(?P<name>[^\[\]\r\n]+)\]\s*(?:[#;].*)?", re.DOTALL)
_BLANK = r"[^\S\r\n]*"
_KEY = re.compile(
    rf"(?P<head>\s*(?P<name>[^\s=:#;\[][^=:\r\n]*?){_BLANK}[=:]{_BLANK})(?P<rest>[^\r\n]*)(?P<end>[\r\n]*)"
)
_COMMENTED = re.compile(r"\s*[#;]\s*(?P<name>[A-Za-z_][\w.-]*)\s*=")
_COMMENT = re.compile(r"[^\S\r\n]*[#;].*|[^\S\r\n]*\Z", re.DOTALL)
_REPLACED = re.compile(r"%\([^)]*\)s|\$(?:__\w+)?\{[^}]*\}")
_QUOTES = ('"""', "`")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line, or the lines of one value. `name` is None for all that is no key; `commented` names one that is off."""

    text: str
    section: str
    name: str | None = None
    head: str = ""
    raw: str = ""  # the value as it is written
    tail: str = ""
    commented: str | None = None
    header: bool = False
    whole: bool = True  # on one line

    @property
    def key(self) -> str:
        return f"{self.section}.{self.name}" if self.section else str(self.name)


def entries(text: str, reader: str = "") -> Sequence[tuple[str, Scalar | None]]:
    return [(line.key, _value(line.raw)) for line in _lines(text) if line.name is not None]


def variables(text: str, reader: str = "") -> frozenset[str]:
    """None that the values do not show."""
    return frozenset()


def changed(text: str, changes: Mapping[str, Scalar | None], reader: str = "") -> str:
    """The text with these values. Raises Unwritable for a key that is defined twice or has no place."""
    there = list(_lines(text))
    end = line_end(text)
    for key, value in changes.items():
        found = [index for index, line in enumerate(there) if line.name is not None and line.key == key]
        if len(found) > 1:
            raise defined_twice(key)
        if found:
            _check_alone(there, found[0])
            there[found[0]] = _changed(there[found[0]], value)
        elif value is not None:
            _insert(there, key, _written(value), end)
    return "".join(line.text for line in there)


def _lines(text: str) -> Iterator[_Line]:
    section = ""
    rest = lines(text)
    while rest:
        line = rest.pop(0)
        if header := _SECTION.fullmatch(line):
            section = header["name"].strip()
            yield _Line(text=line, section=section, header=True)
        elif match := _KEY.fullmatch(line):
            yield _key(line, match, section, rest)
        else:
            commented = _COMMENTED.match(line)
            yield _Line(text=line, section=section, commented=commented["name"] if commented else None)


def _key(line: str, match: re.Match[str], section: str, rest: list[str]) -> _Line:
    written, whole = match["rest"], True
    quote = next((quote for quote in _QUOTES if written.startswith(quote)), None)
    if quote and written.find(quote, len(quote)) < 0:
        while rest and quote not in rest[0]:  # until the quote is closed
            line += rest.pop(0)
        line += rest.pop(0) if rest else ""
        whole = False
    elif written.rstrip().endswith("\\"):
        while rest and line.rstrip().endswith("\\"):
            line += rest.pop(0)
        whole = False
    raw = _raw(written)
    return _Line(
        text=line,
        section=section,
        name=match["name"],
        head=match["head"],
        raw=raw,
        tail=written[len(raw) :] + match["end"],
        whole=whole,
    )


def _raw(rest: str) -> str:
    """The part of a line that is the value."""
    for quote in _QUOTES:
        if rest.startswith(quote) and (at := rest.rfind(quote)) >= len(quote):
            return rest[: at + len(quote)]
    return re.split("[#;]", rest, maxsplit=1)[0].rstrip()


def _value(raw: str) -> str:
    for quote in (*_QUOTES, '"', "'"):
        if raw.startswith(quote) and raw.endswith(quote) and len(raw) >= 2 * len(quote):
            return raw[len(quote) : len(raw) - len(quote)]
    return raw


def _check_alone(there: Sequence[_Line], index: int) -> None:
    line = there[index]
    if not line.whole:
        raise Unwritable(f"the value of {line.key} spans several lines", fix="write it on one line by hand")
    if not _COMMENT.fullmatch(line.tail.rstrip("\r\n")):
        raise Unwritable(f"{line.key} has text after its closing quote", fix="correct that line by hand")
    follower = next((other for other in there[index + 1 :] if other.text.strip()), None)
    if follower and _continues(follower) and _indent(follower.text) > _indent(line.text):
        raise Unwritable(f"the line below {line.key} may belong to it: it is indented", fix="write one line per key")


def _continues(line: _Line) -> bool:
    return not line.header and line.name is None and not line.text.lstrip().startswith(("#", ";"))


def _changed(line: _Line, value: Scalar | None) -> _Line:
    if value is None:
        return _Line(text="", section=line.section)
    new = _written(value, quote=next((quote for quote in _QUOTES if line.raw.startswith(quote)), line.raw[:1]))
    head = line.head
    gap = " " if line.tail.startswith(("#", ";")) else ""
    if not line.raw and line.tail.strip() and not gap:
        head, gap = head.rstrip(" \t") + " ", ""
    text = f"{head}{new}{gap}{line.tail}"
    return _Line(text=text, section=line.section, name=line.name, head=head, raw=new, tail=gap + line.tail)


def _written(value: Scalar, *, quote: str = "") -> str:
    """Plain where it can be, else in triple quotes. Quotes that were there stay where they change nothing."""
    text = as_text(value)
    if re.search(r"[\r\n\0]", text):
        raise Unwritable("a value holds a line break or a NUL character", fix="an INI file cannot hold it")
    if _REPLACED.search(text):
        raise Unwritable("a value holds ${…} or %(…)s", fix="the application would replace it: choose another value")
    if re.search("[#;]|\\\\\\Z", text) or text.strip() != text or text.startswith(('"', "'", "`")):
        return f'"""{text}"""'
    return f"{quote}{text}{quote}" if quote in (*_QUOTES, '"', "'") and quote not in text else text


def _insert(there: list[_Line], key: str, new: str, end: str) -> None:
    """Below the line that shows the key commented out, else at the end of its section, else in a new one."""
    section, name = _split(there, key)
    mine = [index for index, line in enumerate(there) if line.section == section]
    shown = [index for index in mine if there[index].commented == name]
    known = [index for index in mine if there[index].name or there[index].commented or there[index].header]
    at = shown[0] if len(shown) == 1 else known[-1] if known else -1
    head = f"{name}{_delimiter(there)}"
    line = _Line(text=f"{head}{new}{end}", section=section, name=name, head=head, raw=new, tail=end)
    if section and at < 0:
        _close(there, end)
        if there and there[-1].text.strip():
            there.append(_Line(text=end, section=there[-1].section))
        there += [_Line(text=f"[{section}]{end}", section=section, header=True), line]
        return
    if at == len(there) - 1 and there and not there[-1].text.endswith(("\n", "\r")):
        there[-1] = replace(there[-1], text=there[-1].text + end, tail=there[-1].tail + end)
        line = replace(line, text=line.text[: -len(end)])
    there.insert(at + 1, line)


def _split(there: Sequence[_Line], key: str) -> tuple[str, str]:
    """Section and name: a section's name may have dots in it, and so may a key's."""
    sections = {line.section for line in there if line.section and key.startswith(f"{line.section}.")}
    section = max(sections, key=len) if sections else key.rpartition(".")[0]
    name = key[len(section) + 1 :] if section else key
    if not re.fullmatch(r"[A-Za-z0-9_][\w.-]*", name) or re.search(r"[\[\]]", section):
        raise Unwritable(f"{key} is not a valid name in an INI file", fix="use section.key, with letters, digits and _")
    return section, name


def _close(there: list[_Line], end: str) -> None:
    if there and not there[-1].text.endswith(("\n", "\r")):
        there[-1] = replace(there[-1], text=there[-1].text + end, tail=there[-1].tail + end)


def _delimiter(there: Sequence[_Line]) -> str:
    """` = ` or `=`, as the file's first key has it."""
    first = next((line for line in there if line.name is not None), None)
    return first.head[len(first.head.rstrip("=: \t")) :] if first and first.raw else " = "


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" \t"))
