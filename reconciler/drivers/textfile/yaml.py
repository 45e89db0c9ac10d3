"""Changes values in a YAML text by replacing their own characters; comments, order, quotes and line ends stay.

A key is a dotted path. No YAML emitter takes part: each re-formats in places. The caller parses the result again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reconciler.drivers.textfile.format import LINE_END, Unwritable, defined_twice, line_end
from reconciler.drivers.textfile.readers import READERS
from reconciler.drivers.textfile.yaml_nodes.added import Patch, added_together, block, patched, place_below, step_of
from reconciler.drivers.textfile.yaml_nodes.flat import flat_place
from reconciler.drivers.textfile.yaml_nodes.tree import Entry, Node
from reconciler.drivers.textfile.yaml_nodes.tree import entries as tree_entries
from reconciler.drivers.textfile.yaml_nodes.tree import root as tree_root
from reconciler.model.text.scalar import Scalar
from reconciler.model.text.yaml_scalar import Escaped, written

_BLOCK_COMMENT = re.compile(r"[|>][^\s#]*([ \t]+#[^\r\n]*)")


def entries(text: str, reader: str = "yaml") -> Sequence[tuple[str, Scalar | None]]:
    """The leaves: scalars (an alias or `<<` shows what it stands for). Raises Broken for what is not YAML."""
    flat = READERS[reader].flat
    found = (entry for entry in tree_entries(text, reader) if entry.shown is not None)
    return [
        (entry.key if not flat or _is_flat(entry) else f"({entry.key})", entry.shown.scalar)
        for entry in found
        if entry.shown
    ]


def variables(text: str, reader: str = "yaml") -> frozenset[str]:
    """The keys whose value the reader replaces before it parses the text."""
    before = READERS[reader].before
    if before is None or not before.search(text):
        return frozenset()
    return frozenset(
        entry.key for entry in tree_entries(text, reader) if before.search(text[entry.node.start : entry.node.end])
    )


def changed(text: str, changes: Mapping[str, Scalar | None], reader: str = "yaml") -> str:
    """The text with these values. Raises Broken for what is not YAML, Unwritable for a key without a place."""
    if before := READERS[reader].before:
        changes = {
            key: Escaped(value) if isinstance(value, str) and before.search(value) else value
            for key, value in changes.items()
        }
    flat = READERS[reader].flat
    patches, rest = _replaced(text, changes, reader)
    if flat:
        return _changed_flat(patched(text, patches), rest, reader)
    added, rest = added_together(text, rest, reader)
    text = patched(text, (*patches, *added))
    for number, (key, value) in enumerate(list(rest.items())):  # one by one: each moves the places of the others
        if key in rest:
            text = _removed(text, key, reader) if value is None else _inserted(text, key, value, reader)
            del rest[key]
        if not number:  # the first one may have made the mapping that the others go into
            added, rest = added_together(text, rest, reader)
            text = patched(text, added)
    return text


def _is_flat(entry: Entry) -> bool:
    """Whether a reader that takes dots for letters sees this key."""
    return entry.key_node is not None and entry.key_node.value == entry.key


def _changed_flat(text: str, changes: Mapping[str, Scalar | None], reader: str) -> str:
    for key, value in changes.items():
        root, _ = tree_root(text, reader)
        if value is None:
            text = _removed(text, key, reader)
        elif root is None or (root.kind == "scalar" and root.scalar is None):
            gap = line_end(text) if text and not text.endswith(("\n", "\r")) else ""
            text = text + gap + _block([key], value, indent=0, step=2, end=line_end(text)) + line_end(text)
        elif root.kind != "mapping":
            raise Unwritable(f"the file holds a {root.kind}, so it has no keys", fix="correct connection.path")
        else:
            text = _added(text, root, [key], value, 2)
    return text


def _replaced(
    text: str, changes: Mapping[str, Scalar | None], reader: str
) -> tuple[list[Patch], dict[str, Scalar | None]]:
    """New values for what is there, and what is left to do."""
    patches: list[Patch] = []
    rest: dict[str, Scalar | None] = {}
    there: dict[str, list[Entry]] = {}
    for one in tree_entries(text, reader):
        if not READERS[reader].flat or _is_flat(one):
            there.setdefault(one.key, []).append(one)
    for key, value in changes.items():
        entry = _own(there.get(key, ()), key)
        if value is None or entry is None:
            rest[key] = value
        elif entry.node.kind in ("mapping", "sequence"):
            raise Unwritable(f"{key} is a {entry.node.kind}, not a value", fix="correct connection.keys")
        else:
            new = _new(text, entry.node, value)
            patches.append(Patch(start=entry.node.start, rank=0, end=entry.node.end, new=new))
    return patches, rest


def _new(text: str, node: Node, value: Scalar) -> str:
    old = text[node.start : node.end]
    new = written(value, node.style)
    if node.style in ("|", ">"):
        kept = _BLOCK_COMMENT.match(old)
        new += (kept.group(1) if kept else "") + old[len(old.rstrip()) :]
    elif not old and not text.endswith((" ", "\t"), 0, node.start):
        new = f" {new}"
    return new


def _removed(text: str, key: str, reader: str) -> str:
    there = tree_entries(text, reader)
    entry = _own(there, key)
    if entry is None:
        if any(other.key == key for other in there):
            raise Unwritable(
                f"{key} comes from an alias (*) or <<, so it cannot be removed here", fix="remove it by hand"
            )
        return text
    if entry.key_node is None or entry.parent is None:
        raise Unwritable(f"{key} is an item of a list", fix="remove it by hand")
    if entry.parent.flow:
        return _removed_in_flow(text, entry.key_node, entry.node, entry.parent)
    start = _line_start(text, entry.key_node.start)
    if text[start : entry.key_node.start].strip():
        raise Unwritable(f"{key} shares its line with something else", fix="put it on its own line")
    return text[:start] + text[_line_after(text, entry.node) :]


def _removed_in_flow(text: str, key: Node, value: Node, parent: Node) -> str:
    index = next(place for place, child in enumerate(parent.children) if child is key)
    start, end = key.start, max(value.end, key.end)
    if comma := re.compile(r"\s*,[ \t]*").match(text, end):
        end = comma.end()
    elif index:
        start = max(parent.children[index - 1].end, parent.children[index - 2].end)
    line, after = _line_start(text, start), LINE_END.search(text, end)
    if after and not (text[line:start] + text[end : after.start()]).strip():
        start, end = line, after.end()  # nothing else stood on its line
    return text[:start] + text[end:]


def _own(there: Sequence[Entry], key: str) -> Entry | None:
    """The key's one entry that may be changed here."""
    own = [entry for entry in there if entry.key == key and entry.own]
    if len(own) > 1:
        raise defined_twice(key)
    if own and own[0].node.anchor:
        raise Unwritable(f"{key} is an anchor (&): other keys take their value from it", fix="change it by hand")
    return own[0] if own else None


def _inserted(text: str, key: str, value: Scalar, reader: str) -> str:
    """Below the deepest part of the path that is there."""
    parts = key.split(".")
    there = tree_entries(text, reader)
    root, _ = tree_root(text, reader)
    if place := flat_place(key, there):
        return _added(text, place.mapping, [place.name], value, step_of(there))
    for depth in range(len(parts) - 1, 0, -1):
        prefix = ".".join(parts[:depth])
        found = [entry for entry in there if entry.key == prefix]
        if len(found) > 1:
            raise defined_twice(prefix)
        if found:
            return _inserted_below(text, found[0], parts[depth:], value, step_of(there))
    if root is None or (root.kind == "scalar" and root.scalar is None):
        gap = line_end(text) if text and not text.endswith(("\n", "\r")) else ""
        return text + gap + _block(parts, value, indent=0, step=2, end=line_end(text)) + line_end(text)
    if root.kind != "mapping":
        raise Unwritable(f"the file holds a {root.kind}, so it has no keys", fix="correct connection.path")
    return _added(text, root, parts, value, step_of(there))


def _inserted_below(text: str, entry: Entry, parts: Sequence[str], value: Scalar, step: int) -> str:
    node = entry.node
    if not entry.own or node.kind == "alias":
        raise Unwritable(f"{entry.key} is inside an alias (*) that others share", fix="write its keys out")
    if node.kind == "mapping":
        return _added(text, node, parts, value, step)
    if (
        node.kind != "scalar"
        or node.scalar is not None
        or entry.key_node is None
        or entry.parent is None
        or node.anchor
    ):
        raise Unwritable(
            f"{entry.key} is not a mapping, so it cannot hold {'.'.join(parts)}", fix="correct connection.keys"
        )
    if entry.parent.flow:
        gap = "" if text[: node.start].endswith((" ", "\t")) else " "
        return text[: node.start] + gap + _flow(parts, value, None) + text[node.end :]
    text = text[: node.start] + text[node.end :]  # `~` gives way to the mapping
    at = _line_end_at(text, node.start)
    lines = _block(parts, value, indent=entry.key_node.column + step, step=step, end=line_end(text))
    return text[:at] + line_end(text) + lines + text[at:]


def _added(text: str, mapping: Node, parts: Sequence[str], value: Scalar, step: int) -> str:
    """At the end of a mapping."""
    if mapping.flow:
        if not mapping.children:
            at = mapping.end - 1
            return text[:at] + _flow(parts, value, None)[1:-1] + text[at:]
        last_key, last = mapping.children[-2:]
        at = max(last.end, last_key.end)
        return text[:at] + ", " + _flow(parts, value, last_key.style)[1:-1] + text[at:]
    lines = _block(parts, value, indent=mapping.children[0].column, step=step, end=line_end(text))
    at, before, after = place_below(text, mapping)
    return text[:at] + before + lines + after + text[at:]


def _block(parts: Sequence[str], value: Scalar, *, indent: int, step: int, end: str) -> str:
    return end.join(block({tuple(parts): value}, indent=indent, step=step))


def _flow(parts: Sequence[str], value: Scalar, quote: str | None) -> str:
    """`{a: {b: 1}}`, quoted as its neighbour is, so that JSON stays JSON."""
    text = written(value, quote) if isinstance(value, str) else written(value)
    for part in reversed(parts):
        text = "{" + written(part, quote) + ": " + text + "}"
    return text


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _line_end_at(text: str, at: int) -> int:
    match = LINE_END.search(text, at)
    return match.start() if match else len(text)


def _line_after(text: str, node: Node) -> int:
    """Where the line after a value begins; a block scalar ends there already."""
    if node.style in ("|", ">") and text[: node.end].endswith(("\n", "\r")):
        return node.end
    match = LINE_END.search(text, node.last.end)
    return match.end() if match else len(text)
