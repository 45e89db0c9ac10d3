"""Changes values in a JSON text by replacing their own characters; order, indentation and line ends stay.

A key is a dotted path. The caller parses the result again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from reconciler.drivers.json_tree import Entry, Node
from reconciler.drivers.json_tree import entries as tree_entries
from reconciler.drivers.json_tree import root as tree_root
from reconciler.drivers.text_format import LINE_END, Scalar, Unwritable, as_text, defined_twice, line_end

_INDENT = re.compile(r"[ \t]*")


def entries(text: str) -> Sequence[tuple[str, Scalar | None]]:
    return [(entry.key, entry.node.value) for entry in tree_entries(tree_root(text)) if entry.node.kind == "scalar"]


def changed(text: str, changes: Mapping[str, Scalar | None]) -> str:
    text, rest = _replaced(text, changes)
    for key, value in rest.items():  # one by one: each moves the places of the others
        text = _removed(text, key) if value is None else _inserted(text, key, value)
    return text


def _replaced(text: str, changes: Mapping[str, Scalar | None]) -> tuple[str, dict[str, Scalar | None]]:
    """New values for what is there, the last first so that no place moves; and what is left to do."""
    edits: list[tuple[Node, str]] = []
    rest: dict[str, Scalar | None] = {}
    there = _by_key(text)
    for key, value in changes.items():
        entry = _only(there.get(key, ()))
        if value is None or entry is None:
            rest[key] = value
        elif entry.node.kind != "scalar":
            raise Unwritable(f"{key} is an {entry.node.kind}, not a value", fix="correct connection.keys")
        else:
            edits.append((entry.node, _written(value, quoted=isinstance(entry.node.value, str))))
    for node, new in sorted(edits, key=lambda edit: edit[0].start, reverse=True):
        text = text[: node.start] + new + text[node.end :]
    return text, rest


def _removed(text: str, key: str) -> str:
    entry = _only(_by_key(text).get(key, ()))
    if entry is None:
        return text
    parent, index = entry.parent, entry.index
    if parent.kind != "object":
        raise Unwritable(f"{key} is an item of a list", fix="remove it by hand")
    if index + 1 < len(parent.names):
        return text[: parent.names[index].start] + text[parent.names[index + 1].start :]
    if index:
        return text[: parent.children[index - 1].end] + text[entry.node.end :]
    return text[: parent.start + 1] + text[parent.end - 1 :]


def _inserted(text: str, key: str, value: Scalar) -> str:
    """Below the deepest part of the path that is there."""
    parts = key.split(".")
    there = _by_key(text)
    for depth in range(len(parts) - 1, 0, -1):
        if entry := _only(there.get(".".join(parts[:depth]), ())):
            return _inserted_below(text, entry, parts[depth:], value)
    root = tree_root(text)
    if root is None:
        end = line_end(text)
        return _object(parts, value, indent="", step="  ", end=end, colon=": ") + end + text.lstrip("\r\n \t")
    if root.kind != "object":
        raise Unwritable("the file holds no object, so it has no keys", fix="correct connection.path")
    return _added(text, root, parts, value)


def _inserted_below(text: str, entry: Entry, parts: Sequence[str], value: Scalar) -> str:
    node = entry.node
    if node.kind == "object":
        return _added(text, node, parts, value)
    if node.kind == "array" or node.value is not None:
        path = ".".join(parts)
        raise Unwritable(f"{entry.key} is no object, so it cannot hold {path}", fix="correct connection.keys")
    new = _object(
        parts, value, indent=_indent(text, node.start), step=_step(text), end=_end(text), colon=_colon(text)
    )
    return text[: node.start] + new + text[node.end :]


def _added(text: str, node: Node, parts: Sequence[str], value: Scalar) -> str:
    """At the end of an object, set apart as its last member is."""
    step, end, colon = _step(text), _end(text), _colon(text)
    outer = _indent(text, node.start)
    if not node.children:
        new = _object(parts, value, indent=outer, step=step, end=end, colon=colon)
        return text[: node.start] + new + text[node.end :]
    last = len(node.children) - 1
    before = node.children[last - 1].end if last else node.start
    gap = text[before : node.names[last].start].lstrip(" \t").lstrip(",{")
    if not last and not LINE_END.search(gap):
        gap = " " if colon.endswith(" ") else ""
    lines = LINE_END.search(gap)
    indent = gap[max(gap.rfind("\n"), gap.rfind("\r")) + 1 :] if lines else outer
    gap = f"{end}{indent}" if lines else gap
    new = _member(parts, value, indent=indent, step=step, end=end if lines else "", colon=colon)
    at = node.children[last].end
    return f"{text[:at]},{gap}{new}{text[at:]}"


def _object(parts: Sequence[str], value: Scalar, *, indent: str, step: str, end: str, colon: str) -> str:
    if not end:
        return "{" + _member(parts, value, indent="", step="", end="", colon=colon) + "}"
    inner = indent + step
    return f"{{{end}{inner}{_member(parts, value, indent=inner, step=step, end=end, colon=colon)}{end}{indent}}}"


def _member(parts: Sequence[str], value: Scalar, *, indent: str, step: str, end: str, colon: str) -> str:
    name = json.dumps(parts[0], ensure_ascii=False) + colon
    if len(parts) == 1:
        return name + _written(value, quoted=False)
    return name + _object(parts[1:], value, indent=indent, step=step, end=end, colon=colon)


def _written(value: Scalar, *, quoted: bool) -> str:
    """What stood in quotes before stays in quotes: the application reads it as text."""
    try:
        return json.dumps(as_text(value) if quoted else value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise Unwritable("a value is no number of JSON", fix="declare a number") from None


def _by_key(text: str) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in tree_entries(tree_root(text)):
        found.setdefault(entry.key, []).append(entry)
    return found


def _only(found: Sequence[Entry]) -> Entry | None:
    if len(found) > 1:
        raise defined_twice(found[0].key)
    return found[0] if found else None


def _end(text: str) -> str:
    """How lines end; empty for a text that is one line."""
    return line_end(text) if LINE_END.search(text.strip()) else ""


def _colon(text: str) -> str:
    """With the spaces around it that the first key has."""
    first = next((entry for entry in tree_entries(tree_root(text)) if entry.parent.kind == "object"), None)
    found = text[first.parent.names[first.index].end : first.node.start] if first else ": "
    return ": " if LINE_END.search(found) else found


def _step(text: str) -> str:
    """How deep the file indents: as its first key does."""
    root = tree_root(text)
    if root is None or not root.names:
        return "  "
    return _indent(text, root.names[0].start) or "  "


def _indent(text: str, at: int) -> str:
    """What the line of this place begins with."""
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    match = _INDENT.match(text, start)
    return match[0] if match else ""
