"""Changes values in a JSON text by replacing their own characters; order, indentation and line ends stay.

A key is a dotted path. The caller parses the result again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.drivers.textfile.format import LINE_END, Unwritable, defined_twice, line_end
from reconciler.drivers.textfile.json_tree import Entry, Node
from reconciler.drivers.textfile.json_tree import entries as tree_entries
from reconciler.drivers.textfile.json_tree import root as tree_root
from reconciler.model.text.scalar import Scalar, as_text

_INDENT = re.compile(r"[ \t]*")


def entries(text: str, reader: str = "") -> Sequence[tuple[str, Scalar | None]]:
    """The leaves. Raises Broken for what is not JSON."""
    return [(entry.key, entry.node.value) for entry in tree_entries(tree_root(text)) if entry.node.kind == "scalar"]


def variables(text: str, reader: str = "") -> frozenset[str]:
    """None that the values do not show."""
    return frozenset()


def changed(text: str, changes: Mapping[str, Scalar | None], reader: str = "") -> str:
    """The text with these values. Raises Broken for what is not JSON, Unwritable for a key without a place."""
    text, rest = _replaced(text, changes)
    for key, value in rest.items():  # one by one: each moves the places of the others
        text = _removed(text, key) if value is None else _inserted(text, key, value)
    return text


def _replaced(text: str, changes: Mapping[str, Scalar | None]) -> tuple[str, dict[str, Scalar | None]]:
    """New values for what is there, the last first so that no place moves; and what is left to do."""
    edits: list[tuple[Node, str]] = []
    rest: dict[str, Scalar | None] = {}
    there = _by_key(tree_root(text))
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
    entry = _only(_by_key(tree_root(text)).get(key, ()))
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
    root = tree_root(text)
    there = _by_key(root)
    style = _style(text, root)
    for depth in range(len(parts) - 1, 0, -1):
        if entry := _only(there.get(".".join(parts[:depth]), ())):
            return _inserted_below(text, entry, parts[depth:], value, style)
    if root is None:
        return style.object(parts, value, indent="") + style.end + text.lstrip("\r\n \t")
    if root.kind != "object":
        raise Unwritable("the file is not an object, so it has no keys", fix="correct connection.path")
    return _added(text, root, parts, value, style)


def _inserted_below(text: str, entry: Entry, parts: Sequence[str], value: Scalar, style: _Style) -> str:
    node = entry.node
    if node.kind == "object":
        return _added(text, node, parts, value, style)
    if node.kind == "array" or node.value is not None:
        path = ".".join(parts)
        raise Unwritable(f"{entry.key} is not an object, so it cannot hold {path}", fix="correct connection.keys")
    return text[: node.start] + style.object(parts, value, indent=_indent(text, node.start)) + text[node.end :]


def _added(text: str, node: Node, parts: Sequence[str], value: Scalar, style: _Style) -> str:
    """At the end of an object, set apart as its last member is."""
    outer = _indent(text, node.start)
    if not node.children:
        return text[: node.start] + style.object(parts, value, indent=outer) + text[node.end :]
    last = len(node.children) - 1
    before = node.children[last - 1].end if last else node.start
    gap = text[before : node.names[last].start].lstrip(" \t").lstrip(",{")
    lines = LINE_END.search(gap)
    if not last and not lines:
        gap = " " if style.colon.endswith(" ") else ""
    indent = gap[max(gap.rfind("\n"), gap.rfind("\r")) + 1 :] if lines else outer
    gap = f"{style.end}{indent}" if lines else gap
    new = (style if lines else replace(style, end="")).member(parts, value, indent=indent)
    at = node.children[last].end
    return f"{text[:at]},{gap}{new}{text[at:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How a file is set: `end` is empty for one that is a single line, `colon` has the spaces around it."""

    step: str
    end: str
    colon: str

    def object(self, parts: Sequence[str], value: Scalar, *, indent: str) -> str:
        inner = indent + self.step
        before, after = (f"{self.end}{inner}", f"{self.end}{indent}") if self.end else ("", "")
        return f"{{{before}{self.member(parts, value, indent=inner)}{after}}}"

    def member(self, parts: Sequence[str], value: Scalar, *, indent: str) -> str:
        name = json.dumps(parts[0], ensure_ascii=False) + self.colon
        if len(parts) == 1:
            return name + _written(value, quoted=False)
        return name + self.object(parts[1:], value, indent=indent)


def _style(text: str, root: Node | None) -> _Style:
    """As the first key has it."""
    if root is None or not root.names:
        many = root is None or LINE_END.search(text.strip())
        return _Style(step="  ", end=line_end(text) if many else "", colon=": ")
    found = text[root.names[0].end : root.children[0].start]
    return _Style(
        step=_indent(text, root.names[0].start) or "  ",
        end=line_end(text) if LINE_END.search(text.strip()) else "",
        colon=": " if LINE_END.search(found) else found,
    )


def _written(value: Scalar, *, quoted: bool) -> str:
    """What stood in quotes before stays in quotes: the application reads it as text."""
    try:
        return json.dumps(as_text(value) if quoted else value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise Unwritable("a value is not a JSON number", fix="declare a number") from None


def _by_key(root: Node | None) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in tree_entries(root):
        found.setdefault(entry.key, []).append(entry)
    return found


def _only(found: Sequence[Entry]) -> Entry | None:
    if len(found) > 1:
        raise defined_twice(found[0].key)
    return found[0] if found else None


def _indent(text: str, at: int) -> str:
    """What the line of this place begins with."""
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    match = _INDENT.match(text, start)
    return match[0] if match else ""
