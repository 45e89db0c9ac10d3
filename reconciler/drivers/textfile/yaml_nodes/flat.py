"""Where a new key goes among keys that hold their whole path: `mail.host: x`, and Spring's `"[mail.smtp.auth]": true`.

To some readers `a.b` and `b` below `a` are one key, to others not: a new key is written as those beside it are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.drivers.textfile.format import Unwritable
from reconciler.drivers.textfile.yaml_nodes.tree import Entry, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The mapping that a key goes into, and its name there."""

    mapping: Node
    name: str


def is_flat(entry: Entry) -> bool:
    """Whether its own key holds more than one step of its path."""
    return entry.own and entry.key_node is not None and any(sign in entry.key_node.value for sign in ".[")


def flat_place(key: str, there: Sequence[Entry]) -> Place | None:
    """Raises Unwritable where it could as well go into a mapping; None where it does."""
    flat = [entry for entry in there if is_flat(entry) and entry.node.kind != "mapping"]
    if not flat:
        return None
    nearest = max(flat, key=lambda entry: _shared(entry.key, key))
    steps, deepest = _shared(nearest.key, key), _nested(key, there)
    if not steps and _only_flat(there):
        return _beside(nearest, key)
    if steps == deepest and steps > len(_above(nearest)):
        path = ".".join(key.split(".")[:steps])
        fix = f"write {key} into the file by hand once, where the application reads it"
        raise Unwritable(f"{key} could stand below {path} or beside {nearest.key}, which holds its whole path", fix=fix)
    return _beside(nearest, key) if steps > deepest else None


def _beside(entry: Entry, key: str) -> Place | None:
    if entry.parent is None or entry.key_node is None:
        return None
    rest = ".".join(key.split(".")[len(_above(entry)) :])
    return Place(mapping=entry.parent, name=f"[{rest}]" if entry.key_node.value.startswith("[") else rest)


def _above(entry: Entry) -> list[str]:
    """The path of the mapping that holds it."""
    written = entry.key_node.value if entry.key_node else ""
    own = [step for step in written.replace("[", ".").replace("]", "").split(".") if step]
    return entry.key.split(".")[: -len(own) or None]


def _shared(one: str, other: str) -> int:
    """How many steps both begin with; the last one of `other` is its own."""
    count = 0
    for left, right in zip(one.split("."), other.split(".")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count


def _nested(key: str, there: Iterable[Entry]) -> int:
    """How many steps of the path lead to a mapping that is there."""
    parts = key.split(".")
    mappings = {entry.key for entry in there if entry.own and entry.node.kind == "mapping"}
    return next((depth for depth in range(len(parts) - 1, 0, -1) if ".".join(parts[:depth]) in mappings), 0)


def _only_flat(there: Iterable[Entry]) -> bool:
    """Whether no key of the file has others below it."""
    return not any(entry.node.kind == "mapping" for entry in there)
