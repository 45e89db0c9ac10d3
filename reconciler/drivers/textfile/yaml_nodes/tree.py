"""A YAML text as nodes that know their place in it, made from parse events; knows PyYAML. Builds no Python objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.drivers.textfile.format import Broken, kept
from reconciler.drivers.textfile.readers import READERS
from reconciler.model.text.scalar import Scalar
from reconciler.model.text.yaml_scalar import typed

MAX_DEPTH = 64
MAX_STEPS = 100_000  # aliases can make a small text large
_KINDS = {
    "ScalarEvent": "scalar",
    "AliasEvent": "alias",
    "MappingStartEvent": "mapping",
    "SequenceStartEvent": "sequence",
}
_COLLECTIONS = frozenset({"mapping", "sequence"})
_ENDS = frozenset({"MappingEndEvent", "SequenceEndEvent"})
_BRACKETS = re.compile(r"\.?\[([^\[\]]+)\]")


@dataclass(slots=True)  # by place: one is made for each key and value at every parse
class Node:
    """`start` and `end` count characters; `children` of a mapping are key, value, key, value…"""

    kind: str  # scalar, alias, mapping, sequence
    start: int
    end: int
    column: int
    anchor: str | None
    value: str = ""
    style: str | None = None
    tag: str | None = None
    flow: bool = False
    children: list[Node] = field(default_factory=list)

    @property
    def plain(self) -> bool:
        return self.kind == "scalar" and self.style is None

    @property
    def pairs(self) -> Iterator[tuple[Node, Node]]:
        return zip(self.children[::2], self.children[1::2], strict=True)

    @property
    def scalar(self) -> Scalar | None:
        return typed(self.value, plain=self.plain, tag=self.tag)

    @property
    def last(self) -> Node:
        """The node in whose line a block collection ends."""
        node = self
        while node.children and not node.flow:
            node = node.children[-1]
        return node


class Entry(NamedTuple):  # made for each key at every parse: a tuple takes a third of the time
    """A key (dotted path) with its value. `parent` is the mapping that holds it; `own` is False behind an alias;
    `shown` is the scalar that it has, its own or its alias's."""

    key: str
    node: Node
    own: bool
    key_node: Node | None = None
    parent: Node | None = None
    shown: Node | None = None


def root(text: str, reader: str = "yaml") -> tuple[Node | None, dict[str, Node]]:
    """The one document of a text that is managed, and its anchors. Raises Broken for what is not YAML, or several."""
    every = _documents(text)
    there = [one for one in every if not one.empty] or list(every[:1])
    if len(there) > 1 and not READERS[reader].profiles:
        line = text.count("\n", 0, there[1].at) + 1
        raise Broken("holds several documents", fix="give each document its own file", line=line)
    managed = [one for one in there if not _profiles(one, reader)] if len(there) > 1 else there
    if len(there) > 1 and len(managed) != 1:
        key = READERS[reader].profiles[0]
        what = f"{len(managed)} of its {len(there)} documents are for no profile"
        raise Broken(what, fix=f"leave one document without {key}: it is the one that is managed")
    return (managed[0].root, managed[0].anchors) if managed else (None, {})


def entries(text: str, reader: str = "yaml") -> list[Entry]:
    """Everything below the root, mappings too, in the order of the text; what `<<` brings in comes last.

    Raises Broken.
    """
    return list(_entries(text, reader))


@kept
def _entries(text: str, reader: str) -> tuple[Entry, ...]:
    node, anchors = root(text, reader)
    return () if node is None else tuple(_Walk(anchors=anchors, reader=reader).entries(node))


def of_profiles(text: str, reader: str) -> frozenset[str]:
    """The keys of the documents that are for some profile only. Raises Broken."""
    if not READERS[reader].profiles or "\n---" not in text:
        return frozenset()
    others = (one for one in _documents(text) if _profiles(one, reader))
    return frozenset(entry.key for one in others for entry in _of_document(one, reader) if entry.shown is not None)


@dataclass(slots=True, kw_only=True)
class _Document:
    at: int
    top: list[Node] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)

    @property
    def root(self) -> Node | None:
        return self.top[0] if self.top else None

    @property
    def empty(self) -> bool:
        return all(node.kind == "scalar" and node.scalar is None for node in self.top)


def _of_document(one: _Document, reader: str) -> list[Entry]:
    return [] if one.root is None else _Walk(anchors=one.anchors, reader=reader).entries(one.root)


def _profiles(one: _Document, reader: str) -> bool:
    """Whether the document is for some profile only."""
    return any(entry.key in READERS[reader].profiles for entry in _of_document(one, reader))


@kept
def _documents(text: str) -> tuple[_Document, ...]:
    import yaml

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        return tuple(_built(iter(loader.get_event, None)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        # the parser quotes what it found; that may be part of a secret
        problem = re.sub(r"'[^']*'", "…", getattr(error, "problem", None) or "a character that YAML does not allow")
        at = f"line {line}: " if line else ""
        raise Broken(f"{at}not valid YAML: {problem}", fix="correct the file by hand", line=line) from None


def _built(events: Any) -> Iterator[_Document]:
    open_nodes: list[Node] = []
    document = _Document(at=0)
    for event in events:
        name = type(event).__name__
        if (kind := _KINDS.get(name)) is not None:
            node = _node(event, kind)
            (open_nodes[-1].children if open_nodes else document.top).append(node)
            if node.anchor:
                document.anchors[node.anchor] = node
            if kind in _COLLECTIONS:
                open_nodes.append(node)
                if len(open_nodes) > MAX_DEPTH:
                    line = event.start_mark.line + 1
                    raise Broken(f"nested deeper than {MAX_DEPTH}", fix="flatten the file", line=line)
        elif name in _ENDS:
            open_nodes.pop().end = event.end_mark.index
        elif name == "DocumentStartEvent":
            document = _Document(at=event.start_mark.index)
        elif name == "DocumentEndEvent":
            yield document


def _node(event: Any, kind: str) -> Node:
    begins, anchor = event.start_mark, event.anchor
    start, end, column = begins.index, event.end_mark.index, begins.column
    if kind == "scalar":
        return Node(kind, start, end, column, anchor, event.value, event.style or None, event.tag)
    if kind == "alias":
        return Node(kind, start, end, column, None, anchor)
    return Node(kind, start, end, column, anchor, flow=bool(event.flow_style))


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One walk over all nodes, through aliases; counts its steps, because aliases of aliases grow without end."""

    anchors: dict[str, Node]
    reader: str = "yaml"
    steps: int = 0
    found: list[Entry] = field(default_factory=list)

    def entries(self, node: Node) -> list[Entry]:
        self._below(node, "", own=True, depth=0)
        return self.found

    def _below(self, node: Node, path: str, *, own: bool, depth: int) -> None:
        self.steps += 1
        if depth > MAX_DEPTH or self.steps > MAX_STEPS:
            raise Broken("aliases make the file too large", fix="write the values out instead of aliases of aliases")
        prefix = f"{path}." if path else ""
        if node.kind == "sequence":
            for index, item in enumerate(node.children):
                shown = self._shown(item)
                self._entry(Entry(f"{prefix}{index}", item, own, parent=node, shown=shown), depth)
        if node.kind != "mapping":
            return
        brought: list[Node] = []
        for key, value in node.pairs:
            if _is_merge(key):
                brought += _sources(value)
            else:
                named = f"{prefix}{name(key.value, self.reader)}"
                self._entry(Entry(named, value, own, key, node, self._shown(value)), depth)
        if brought:
            taken = {name(key.value, self.reader) for key, _ in node.pairs}
            for source in brought:
                self._merge(source, path, taken, depth)

    def _entry(self, entry: Entry, depth: int) -> None:
        """With what is below it."""
        self.found.append(entry)
        if entry.shown is None and (target := self._target(entry.node)) is not None:
            self._below(target, entry.key, own=entry.own and target is entry.node, depth=depth + 1)

    def _merge(self, source: Node, path: str, taken: set[str], depth: int) -> None:
        """`<<: *base` and `<<: [*a, *b]`: what is already there wins."""
        if (target := self._target(source)) is None:
            return
        start = len(self.found)
        self._below(target, path, own=False, depth=depth + 1)
        brought = [(_top(entry.key, path), entry) for entry in self.found[start:]]
        self.found[start:] = [entry for top, entry in brought if top not in taken]
        taken.update(top for top, _ in brought)

    def _shown(self, node: Node) -> Node | None:
        """An alias shows the value that it stands for."""
        target = self._target(node)
        return target if target is not None and target.kind == "scalar" else None

    def _target(self, node: Node) -> Node | None:
        return self.anchors.get(node.value) if node.kind == "alias" else node


def name(key: str, reader: str) -> str:
    """A key as a dotted path: Spring's `[a.b]` is `a.b`, and so is `a[b]`."""
    if "[" not in key or not READERS[reader].brackets:
        return key
    return _BRACKETS.sub(r".\1", key).removeprefix(".")


def _sources(value: Node) -> list[Node]:
    return value.children if value.kind == "sequence" else [value]


def _top(key: str, path: str) -> str:
    """The key directly below `path` that leads to `key`."""
    rest = key[len(path) + 1 :] if path else key
    return rest.split(".", 1)[0]


def _is_merge(node: Node) -> bool:
    return node.value == "<<" and node.plain and node.tag is None
