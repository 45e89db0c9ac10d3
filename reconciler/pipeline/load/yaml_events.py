"""YAML text to plain data and the place of every key and value, in one pass over the parser's events.

Nothing here recurses: PyYAML's composer overflows the C stack on deep input, and its constructor knows YAML 1.1 only.
Depth and aliases are bounded while events come in. No message repeats a value, a tag or the name of an anchor: each
may be a password that somebody forgot to quote.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.model.source import Path
from reconciler.pipeline.load import hidden, merge_conflict, yaml_messages, yaml_syntax
from reconciler.pipeline.load.yaml_messages import Problem
from reconciler.pipeline.load.yaml_scalars import NotFiniteError, resolved

MAX_DEPTH: Final = 64
MAX_ALIASES: Final = 100
MAX_ALIASED_NODES: Final = 10_000

_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)  # libyaml is ten times as fast, and not everywhere
_LEFT_OUT: Final[Any] = object()  # instead of a key that has a problem: its entry does not enter the data
_Places = dict[Path, tuple[int, int, int, int]]


class Parsed(NamedTuple):
    """`whole` is False when there is no data to look at: a syntax error, a limit, or an empty file."""

    data: Any
    places: _Places
    problems: tuple[Problem, ...]
    whole: bool


def parsed(text: str) -> Parsed:
    """Never raises for anything that a text can hold."""
    builder = _Builder(text)
    if conflicts := tuple(merge_conflict.problems(text)):
        return Parsed(None, {}, conflicts, False)
    builder.problems += hidden.problems(text)
    try:
        for event in iter(_LOADER(text).get_event, None):
            if (take := _TAKES.get(type(event))) is not None:
                take(builder, event)
    except _Stop as stop:
        return Parsed(None, {}, (*builder.problems, stop.problem), False)
    except yaml.YAMLError as error:
        return Parsed(None, {}, (*builder.problems, yaml_syntax.problem(error, text)), False)
    except ValueError:  # the pure Python scanner, for an escape beyond Unicode
        return Parsed(None, {}, (*builder.problems, yaml_messages.UNREADABLE_ESCAPE), False)
    if builder.empty:
        found = builder.problems or [yaml_messages.EMPTY]
        return Parsed(None, {}, tuple(found), False)
    return Parsed(builder.data, builder.places, tuple(builder.problems), True)


class _Stop(Exception):  # it ends the pass; `parsed` catches it
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


class _Open:
    """A collection whose end has not come yet. `path` is None inside something that does not enter the data."""

    __slots__ = ("anchor", "is_key", "key", "key_column", "key_line", "node", "path")

    def __init__(self, node: Any, path: Path | None, anchor: str | None) -> None:
        self.node = node
        self.path = path
        self.anchor = anchor
        self.key: Any = None  # the key whose value comes next
        self.key_line = self.key_column = 0
        self.is_key = False


class _Anchored(NamedTuple):
    node: Any
    path: Path | None


class _Builder:
    """Puts events together. `top` is the innermost open collection."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.data: Any = None
        self.empty = True
        self.places: _Places = {}
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._top: _Open | None = None
        self._anchors: dict[str, _Anchored | None] = {}  # None while the anchored collection is open
        self._documents = self._aliases = self._aliased_nodes = 0

    def document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _Stop(yaml_messages.second_document(event.start_mark))

    def scalar(self, event: Any) -> None:
        top, mark = self._top, event.start_mark
        if event.tag is not None:
            self.problems.append(yaml_messages.tag(mark))
        if event.style == '"':
            event.value.encode()  # ValueError for half a surrogate, which the pure Python scanner lets through
            if (sign := hidden.escaped(event.value)) and sign not in self.text:
                self.problems.append(hidden.problem(mark.line + 1, mark.column + 1, sign))
        if top is not None and top.key is None and type(top.node) is dict:
            self._key(top, event)
            return
        value = event.value
        if not event.style:
            try:
                value = resolved(value)
            except NotFiniteError:
                self.problems.append(yaml_messages.not_finite(mark))
                value = None
        if top is None:
            self.empty = value is None and event.value == ""
        path = self._put(value, mark)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, path)

    def _key(self, top: _Open, event: Any) -> None:
        key, mark = event.value, event.start_mark
        top.key_line, top.key_column = mark.line + 1, mark.column + 1
        top.key = key
        if not event.style and (problem := _key_problem(key, mark)):
            self.problems.append(problem)
            top.key = _LEFT_OUT
        elif key in top.node:
            first = None if top.path is None else self.places[(*top.path, key)]
            self.problems.append(yaml_messages.duplicate(mark, key, first))
            top.key = _LEFT_OUT
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(key, None)

    def start(self, event: Any) -> None:
        mark = event.start_mark
        if event.tag is not None:
            self.problems.append(yaml_messages.tag(mark))
        self.empty = False
        if len(self._open) >= MAX_DEPTH:
            raise _Stop(yaml_messages.too_deep(mark, MAX_DEPTH))
        node: dict[str, Any] | list[Any] = {} if type(event) is MappingStartEvent else []
        top = self._top
        is_key = top is not None and top.key is None and type(top.node) is dict
        if is_key:
            self.problems.append(yaml_messages.key_is_collection(mark))
            path = None
        else:
            path = self._put(node, mark)
        opened = _Open(node, path, event.anchor)
        opened.is_key = is_key
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(opened)
        self._top = opened

    def end(self, _: Any) -> None:
        closed = self._open.pop()
        self._top = self._open[-1] if self._open else None
        if closed.anchor is not None:
            self._anchors[closed.anchor] = _Anchored(closed.node, closed.path)
        if closed.is_key and self._top is not None:
            self._top.key = _LEFT_OUT

    def _put(self, value: Any, mark: Any) -> Path | None:
        """Puts a value where it belongs and notes its place; None when it does not enter the data."""
        top, line, column = self._top, mark.line + 1, mark.column + 1
        key: str | int
        if top is None:
            self.data = value
            self.places[()] = (line, column, line, column)
            return ()
        if type(top.node) is dict:
            key, top.key = top.key, None
            if key is _LEFT_OUT:
                return None
            top.node[key] = value
            place = (top.key_line, top.key_column, line, column)
        else:
            key = len(top.node)
            top.node.append(value)
            place = (line, column, line, column)
        if top.path is None:
            return None
        path = (*top.path, key)
        self.places[path] = place
        return path

    def alias(self, event: Any) -> None:
        mark, top = event.start_mark, self._top
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise _Stop(yaml_messages.too_many_aliases(mark, MAX_ALIASES))
        if top is not None and top.key is None and type(top.node) is dict:
            self.problems.append(yaml_messages.key_is_alias(mark))
            top.key = _LEFT_OUT
            return
        if event.anchor not in self._anchors:
            self.problems.append(yaml_messages.unknown_alias(mark))
            self._put(None, mark)
        elif (anchored := self._anchors[event.anchor]) is None:
            self.problems.append(yaml_messages.recursive_alias(mark))
            self._put(None, mark)
        else:
            path = self._put(anchored.node, mark)
            self._copy_places(anchored, path, mark)

    def _copy_places(self, anchored: _Anchored, path: Path | None, mark: Any) -> None:
        """Below an alias the places are those of the anchored text, for that is where a mistake is mended."""
        todo: list[tuple[Any, Path]] = [(anchored.node, ())]
        while todo:
            node, below = todo.pop()
            self._aliased_nodes += 1
            if self._aliased_nodes > MAX_ALIASED_NODES:
                raise _Stop(yaml_messages.too_many_aliased_nodes(mark, MAX_ALIASED_NODES))
            if len(self._open) + len(below) > MAX_DEPTH:
                raise _Stop(yaml_messages.too_deep(mark, MAX_DEPTH))
            if below and path is not None and anchored.path is not None:
                self.places[path + below] = self.places[anchored.path + below]
            if type(node) is dict:
                todo.extend((value, (*below, key)) for key, value in node.items())
            elif type(node) is list:
                todo.extend((value, (*below, index)) for index, value in enumerate(node))


# functions, no methods of one builder: those would keep it, and all that it has read, until garbage is looked for
_TAKES: Final[dict[type, Callable[[_Builder, Any], None]]] = {
    ScalarEvent: _Builder.scalar,
    MappingStartEvent: _Builder.start,
    SequenceStartEvent: _Builder.start,
    MappingEndEvent: _Builder.end,
    SequenceEndEvent: _Builder.end,
    AliasEvent: _Builder.alias,
    DocumentStartEvent: _Builder.document,
}


def _key_problem(key: str, mark: Any) -> Problem | None:
    if key == "<<":
        return yaml_messages.merge_key(mark)
    try:
        value = resolved(key)
    except NotFiniteError:
        value = 0.0
    return None if isinstance(value, str) else yaml_messages.key_is_not_text(mark, value)
