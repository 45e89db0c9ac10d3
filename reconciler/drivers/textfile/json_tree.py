"""A JSON text as nodes that know their place in it. RFC 8259 and nothing beside it: no comments, no trailing commas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from reconciler.drivers.textfile.format import LINE_END, Broken
from reconciler.model.text.scalar import Scalar

MAX_DEPTH = 64
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_COMMENT = ("//", "/*", "#")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(slots=True, kw_only=True)
class Node:
    """`start` and `end` count characters; `names` are the keys of an object, one for each of its `children`."""

    kind: str  # scalar, object, array
    start: int
    end: int = 0
    value: Scalar | None = None
    name: str = ""  # of a key
    names: list[Node] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A value under its dotted path; `parent` is what holds it, at `index`."""

    key: str
    node: Node
    parent: Node
    index: int


def root(text: str) -> Node | None:
    """The one value of a text; None for an empty one, which is a file that is yet to be filled. Raises Broken."""
    if _SPACE.fullmatch(text):
        return None
    node = _value(text, _skip(text, 0), depth=0)
    if (at := _skip(text, node.end)) < len(text):
        _broken(text, at, "more than one value")
    return node


def entries(node: Node | None, path: str = "") -> Iterator[Entry]:
    """Everything below a node, in the order of the text; objects and arrays too."""
    for index, child in enumerate(node.children if node else ()):
        assert node is not None  # noqa: S101  # for the type checker: it has children
        name = node.names[index].name if node.kind == "object" else str(index)
        key = f"{path}.{name}" if path else name
        yield Entry(key=key, node=child, parent=node, index=index)
        yield from entries(child, key)


def _value(text: str, at: int, *, depth: int) -> Node:
    if depth > MAX_DEPTH:
        _broken(text, at, f"nested deeper than {MAX_DEPTH}")
    match text[at : at + 1]:
        case "{":
            return _object(text, at, depth=depth)
        case "[":
            return _array(text, at, depth=depth)
        case '"':
            return _string(text, at)
    if number := _NUMBER.match(text, at):
        whole = number[1] is None and number[2] is None and len(number[0]) < 1000  # longer ones Python itself refuses
        return Node(kind="scalar", start=at, end=number.end(), value=int(number[0]) if whole else float(number[0]))
    for word, value in _WORDS.items():
        if text.startswith(word, at):
            return Node(kind="scalar", start=at, end=at + len(word), value=value)
    return _broken(text, at, "a value is missing, or is not valid JSON")


def _object(text: str, at: int, *, depth: int) -> Node:
    node = Node(kind="object", start=at)
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}" or node.children:
        name = _string(text, at)
        at = _skip(text, name.end)
        if text[at : at + 1] != ":":
            _broken(text, at, "a : is missing")
        child = _value(text, _skip(text, at + 1), depth=depth + 1)
        node.names.append(name)
        node.children.append(child)
        at = _skip(text, child.end)
        if text[at : at + 1] == "}":
            break
        at = _comma(text, at, "}")
    node.end = at + 1
    return node


def _array(text: str, at: int, *, depth: int) -> Node:
    node = Node(kind="array", start=at)
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]" or node.children:
        child = _value(text, at, depth=depth + 1)
        node.children.append(child)
        at = _skip(text, child.end)
        if text[at : at + 1] == "]":
            break
        at = _comma(text, at, "]")
    node.end = at + 1
    return node


def _string(text: str, at: int) -> Node:
    if (match := _STRING.match(text, at)) is None:
        _broken(text, at, "a double-quoted string is missing or unclosed")
    found: str = json.loads(match[0])
    return Node(kind="scalar", start=at, end=match.end(), value=found, name=found)


def _comma(text: str, at: int, closing: str) -> int:
    if text[at : at + 1] != ",":
        _broken(text, at, f"a , or {closing} is missing")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _broken(text: str, at: int, what: str) -> NoReturn:
    """Quotes nothing of the text: it may be a secret."""
    line = len(LINE_END.findall(text, 0, at)) + 1
    if text.startswith(_COMMENT, at):
        fix = "remove the comment; an application that accepts it reads another format than JSON"
        raise Broken(f"line {line}: not valid JSON: a comment, and JSON has none", fix=fix, line=line)
    raise Broken(f"line {line}: not valid JSON: {what}", fix="correct the file by hand", line=line)
