"""Texts of another format: a reader that forgives much would take them for its own, and a write would spoil them."""

from __future__ import annotations

import re

from reconciler.drivers.textfile.format import Broken

_SECTION = re.compile(r"^[ \t]*\[[^\]\r\n=]+\][ \t]*(?:[#;].*)?\r?$", re.MULTILINE)
_OBJECT = re.compile(r"\s*\{")
_ASSIGNED = re.compile(r"^[ \t]*(?:export[ \t]+)?[^\s=#;\[{][^=\r\n]*=", re.MULTILINE)
_SAYS = re.compile(r"^[ \t]*[^\s#;]", re.MULTILINE)


def check(name: str, text: str) -> None:
    """Raises Broken for a text that is certainly not of this format."""
    if name in ("dotenv", "ini", "ruby") and _OBJECT.match(text):
        raise _other("JSON")
    if name in ("dotenv", "ruby") and (section := _SECTION.search(text)):
        raise _other("INI", text.count("\n", 0, section.start()) + 1)
    if name == "dotenv" and not _ASSIGNED.search(text) and _SAYS.search(text):
        raise Broken("no line of it is NAME=value", fix="correct connection.path, or the format")
    if name == "ini" and not _SECTION.search(text) and _SAYS.search(text):
        raise Broken("it has no [section]", fix="correct connection.path, or the format")


def _other(form: str, line: int | None = None) -> Broken:
    at = f"line {line}: " if line else ""
    return Broken(f"{at}this is {form}", fix="correct connection.path, or the format", line=line)
