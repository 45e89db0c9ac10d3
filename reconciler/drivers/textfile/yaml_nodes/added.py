"""New keys for mappings that are there, all of a text at once: each alone would parse it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.drivers.textfile.format import LINE_END, line_end
from reconciler.drivers.textfile.yaml_nodes.flat import is_flat
from reconciler.drivers.textfile.yaml_nodes.tree import Entry, Node
from reconciler.drivers.textfile.yaml_nodes.tree import entries as tree_entries
from reconciler.drivers.textfile.yaml_nodes.tree import root as tree_root
from reconciler.model.text.scalar import Scalar
from reconciler.model.text.yaml_scalar import written

_BEHIND = 1_000_000  # no line is indented as deep
_New = Mapping[tuple[str, ...], Scalar]  # by path below the mapping


@dataclass(slots=True, kw_only=True)
class _Group:
    """The new keys of one mapping."""

    mapping: Node
    new: dict[tuple[str, ...], Scalar] = field(default_factory=dict)


class Patch(NamedTuple):
    """What stands from `start` to `end` gives way to `new`. Of two at one place, the lower `rank` comes first."""

    start: int
    rank: int
    end: int
    new: str


def patched(text: str, patches: Iterable[Patch]) -> str:
    """The text with all of them."""
    parts, at = [], 0
    for patch in sorted(patches):
        parts += [text[at : patch.start], patch.new]
        at = patch.end
    return "".join([*parts, text[at:]])


def added_together(
    text: str, changes: Mapping[str, Scalar | None], reader: str
) -> tuple[list[Patch], dict[str, Scalar | None]]:
    """What goes into block mappings that are there, and what is left: it needs a look of its own."""
    if sum(value is not None for value in changes.values()) < 2:
        return [], dict(changes)
    there = tree_entries(text, reader)
    known: dict[str, list[Entry]] = {}
    for entry in there:
        known.setdefault(entry.key, []).append(entry)
    groups: dict[int, _Group] = {}
    rest: dict[str, Scalar | None] = {}
    root, _ = tree_root(text, reader)
    flat = any(is_flat(entry) for entry in there)  # then each key has to look at what stands around it
    for key, value in changes.items():
        found = None if value is None or flat else _home(key, known, root)
        if found is None or value is None:
            rest[key] = value
        else:
            mapping, below = found
            groups.setdefault(mapping.start, _Group(mapping=mapping)).new[below] = value
    step, end = step_of(there), line_end(text)
    patches: list[Patch] = []
    for group in groups.values():
        at, before, after = place_below(text, group.mapping)
        lines = end.join(block(group.new, indent=_indent(group.mapping), step=step))
        # an inner mapping may end where an outer one does, and comes before it; both behind a value that ends there
        rank = _BEHIND - _indent(group.mapping)
        patches.append(Patch(start=at, rank=rank, end=at, new=before + lines + after))
    return patches, rest


def _home(key: str, known: Mapping[str, Sequence[Entry]], root: Node | None) -> tuple[Node, tuple[str, ...]] | None:
    """The block mapping that a new key goes into, and its path below; None where it is not as plain as that."""
    parts = tuple(key.split("."))
    if key in known:
        return None
    for depth in range(len(parts) - 1, 0, -1):
        if found := known.get(".".join(parts[:depth])):
            plain = len(found) == 1 and found[0].own and _is_block(found[0].node)
            return (found[0].node, parts[depth:]) if plain else None
    return (root, parts) if root is not None and _is_block(root) else None


def _is_block(node: Node) -> bool:
    return node.kind == "mapping" and not node.flow and bool(node.children) and node.anchor is None


def _indent(mapping: Node) -> int:
    return mapping.children[0].column


def block(new: _New, *, indent: int, step: int) -> Iterator[str]:
    """The lines of new keys, without their ends; what shares the beginning of its path shares its lines."""
    below: dict[str, dict[tuple[str, ...], Scalar]] = {}
    for path, value in new.items():
        below.setdefault(path[0], {})[path[1:]] = value
    for name, rest in below.items():
        head = " " * indent + written(name) + ":"
        if () in rest:
            yield f"{head} {written(rest[()])}"
        else:
            yield head
            yield from block(rest, indent=indent + step, step=step)


def place_below(text: str, mapping: Node) -> tuple[int, str, str]:
    """Where a block mapping ends, and what goes before and behind lines that are put there."""
    last, end = mapping.last, line_end(text)
    if last.style in ("|", ">") and text.endswith(("\n", "\r"), 0, last.end):
        return last.end, "", end
    match = LINE_END.search(text, last.end)
    return (match.start() if match else len(text)), end, ""


def step_of(there: Sequence[Entry]) -> int:
    """How deep the file indents: as its first nested mapping does."""
    for entry in there:
        if (
            entry.own
            and entry.key_node
            and entry.node.kind == "mapping"
            and entry.node.children
            and not entry.node.flow
        ):
            return max(entry.node.children[0].column - entry.key_node.column, 1)
    return 2
