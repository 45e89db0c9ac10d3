"""What may be printed. Console and log take `Printable` only, and only this module makes it.

Text of servers, files and stores flows through the views as `str`; here it loses what a terminal, a CI system or a
Markdown page would act on. So nothing has to be known to come from outside to be shown safely, and mypy finds whatever
is printed by another way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NewType

Printable = NewType("Printable", str)

# GitHub (`::name::` first on a line, `##[name]` anywhere), Azure Pipelines (`##vso[`), TeamCity (`##teamcity[`)
_FIRST = re.compile(r"^(\s*):(?=:[A-Za-z])")
_ANYWHERE = re.compile(r"#(?=#\w*\[)")
_PIECE = 1 << 16  # characters
_FENCE = re.compile(r"^(\s*)([`~])(?=\2\2)")


def visible(text: str) -> str:
    """On one line, without a sign that moves the cursor, hides a line or turns the direction of text."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def line(text: str) -> Printable:
    """One line of plain text: no command of a CI system, and no end of a Markdown fence around it."""
    return Printable(no_command(visible(text)))


def lines(shown: Iterable[str]) -> Printable:
    """Each on its own line, the last one ended."""
    them = tuple(shown)
    text = "".join(f"{one}\n" for one in them)
    # nearly always nothing is to be cleaned, which one look at all of them tells
    if text.count("\n") == len(them) and text.replace("\n", "").isprintable() and not _is_suspect(text):
        return Printable(text)
    return Printable("".join(f"{line(one)}\n" for one in them))


def foreign(text: str) -> Printable:
    """A form of others (Markdown, XML, metrics, YAML), whose line breaks and fences are the view's own."""
    return Printable("\n".join(_no_order(visible(one)) for one in text.split("\n")))


def annotation(level: str, properties: Mapping[str, str], told: Iterable[str]) -> Printable:
    """A command that GitHub Actions is meant to obey; nothing in its texts can begin another, or a property.

    Their line breaks are written as `%0A`, which GitHub shows as breaks.
    """
    said = ",".join(f"{key}={_in_property(visible(value))}" for key, value in properties.items())
    return Printable(f"::{level} {said}::{'%0A'.join(_in_command(visible(one)) for one in told)}\n")


def azure(command: str, properties: Mapping[str, str], told: str) -> Printable:
    """A command that Azure Pipelines is meant to obey; nothing in its texts can end it, or begin another."""
    said = "".join(f"{key}={_in_azure(visible(value))};" for key, value in properties.items())
    return Printable(f"##vso[{command} {said}]{_in_azure(visible(told))}\n")


def joined(pieces: Iterable[Printable]) -> Printable:
    return Printable("".join(pieces))


def _in_command(text: str) -> str:
    return _ANYWHERE.sub(r"\\x23", text.replace("%", "%25"))


def _in_azure(text: str) -> str:
    escaped = text.replace("%", "%AZP25").replace(";", "%3B").replace("]", "%5D")
    return _ANYWHERE.sub(r"\\x23", escaped)


def _in_property(text: str) -> str:
    return _in_command(text).replace(":", "%3A").replace(",", "%2C")


def document(made: Mapping[str, Any] | Sequence[Any], *, ascii_only: bool = False) -> Printable:
    """JSON that reads back the same."""
    return Printable("".join(document_pieces(made, ascii_only=ascii_only)))


def document_pieces(made: Mapping[str, Any] | Sequence[Any], *, ascii_only: bool = False) -> Iterator[Printable]:
    """The same in pieces of some size."""
    from reconciler.model.text.json_chunks import chunks  # most commands print none

    held, size = [], 0
    for chunk in chunks(made, ascii_only=ascii_only):
        held.append(chunk)
        size += len(chunk)
        if size > _PIECE:
            yield _clean_json("".join(held))
            held, size = [], 0
    yield _clean_json("".join(held))


def _clean_json(text: str) -> Printable:
    if not text.replace("\n", "").isprintable():
        text = "".join(sign if sign.isprintable() or sign == "\n" else _escaped(sign) for sign in text)
    return Printable(_ANYWHERE.sub(r"\\u0023", text))


def _escaped(sign: str) -> str:
    import json

    return json.dumps(sign)[1:-1]


def no_command(line: str) -> str:
    return _FENCE.sub(lambda found: f"{found[1]}\\x{ord(found[2]):02x}", _no_order(line))


def _is_suspect(text: str) -> bool:
    """Whether a line of it may have to be changed."""
    return "::" in text or "``" in text or "~~" in text or _ANYWHERE.search(text) is not None


def _no_order(text: str) -> str:
    return _ANYWHERE.sub(r"\\x23", _FIRST.sub(r"\1\\x3a", text))
