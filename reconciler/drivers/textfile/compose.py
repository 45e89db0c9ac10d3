"""Changes environment variables of a service in a Compose file; a key is `services.NAME.environment.VARIABLE`.

`environment` is a mapping, or a list of `VARIABLE=value`; each stays what it is. Compose replaces `$NAME` and `${NAME}`
in every value, so that a `$` is written as `$$`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.drivers.textfile import yaml
from reconciler.drivers.textfile.format import LINE_END, Unwritable, defined_twice, line_end
from reconciler.drivers.textfile.yaml_nodes.tree import Entry, Node
from reconciler.drivers.textfile.yaml_nodes.tree import entries as tree_entries
from reconciler.model.text.scalar import Scalar, as_text
from reconciler.model.text.yaml_scalar import Quoted, written

_KEY = re.compile(r"(?P<list>services\.(?P<service>.+)\.environment)\.(?P<name>[^.]+)")
# https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
_VARIABLE = re.compile(r"(?<!\$)(?:\$\$)*\$(?:\{|[A-Za-z_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    """`value` is as it is written, None where Compose takes it from its own environment; `item`: it is in a list."""

    key: str
    value: Scalar | None
    entry: Entry
    item: bool


def entries(text: str, reader: str = "") -> Sequence[tuple[str, Scalar | None]]:
    """All leaves of the file, with the variables of a list under their names. Raises Broken for what is not YAML."""
    there = tree_entries(text)
    known = {id(one.entry): one for one in _variables(there)}
    found: list[tuple[str, Scalar | None]] = []
    for entry in there:
        if variable := known.get(id(entry)):
            found.append((variable.key, _meant(variable.value)))
        elif entry.shown is not None:
            found.append((entry.key, entry.shown.scalar))
    return found


def variables(text: str, reader: str = "") -> frozenset[str]:
    """Those whose value Compose takes from its own environment, all or in part."""
    return frozenset(
        one.key
        for one in _variables(tree_entries(text))
        if one.value is None or (isinstance(one.value, str) and _VARIABLE.search(one.value))
    )


def changed(text: str, changes: Mapping[str, Scalar | None], reader: str = "") -> str:
    """The text with these values. Raises Unwritable for a service that is not there, or a key without a place."""
    _check(tree_entries(text), changes)
    for key, value in changes.items():
        there = tree_entries(text)
        mine = [one for one in _variables(there) if one.key == key]
        if len(mine) > 1:
            raise defined_twice(key)
        sequence = _sequence(there, key)
        if sequence is None:
            text = yaml.changed(text, {key: None if value is None else _escaped(value)})
        elif mine:
            text = _changed(text, mine[0], value)
        elif value is not None:
            text = _added(text, sequence, f"{_named(key)}={_escaped(value)}", value)
    return text


def _check(there: Sequence[Entry], keys: Mapping[str, object]) -> None:
    services = {entry.key for entry in there if entry.key_node is not None}
    for key in keys:
        named = _KEY.fullmatch(key)
        if named is None or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", named["name"]):
            raise Unwritable(f"{key} is not an environment variable of a service", fix="use letters, digits and _")
        if f"services.{named['service']}" not in services:
            what = f"there is no service {named['service']} in the file"
            raise Unwritable(what, fix="correct connection.service; a service is not made up")


def _variables(there: Sequence[Entry]) -> Iterator[_Variable]:
    for entry in there:
        named = _KEY.fullmatch(entry.key)
        if named is None or entry.shown is None or entry.parent is None:
            continue
        if entry.key_node is not None:
            yield _Variable(key=entry.key, value=entry.shown.scalar, entry=entry, item=False)
        else:
            name, given, value = as_text(entry.shown.scalar or "").partition("=")
            yield _Variable(key=f"{named['list']}.{name}", value=value if given else None, entry=entry, item=True)


def _sequence(there: Sequence[Entry], key: str) -> Entry | None:
    """The list that holds the variables of this service; None for a mapping, and where there is none yet."""
    above = key.rpartition(".")[0]
    return next((one for one in there if one.key == above and one.node.kind in ("sequence", "alias")), None)


def _changed(text: str, one: _Variable, value: Scalar | None) -> str:
    node = one.entry.node
    if not one.entry.own or node.kind != "scalar" or node.anchor:
        raise Unwritable(f"{one.key} is an alias (*) or an anchor (&)", fix="write it out by hand")
    if value is not None:
        return text[: node.start] + _item(f"{_named(one.key)}={_escaped(value)}", value, node.style) + text[node.end :]
    start = max(text.rfind("\n", 0, node.start), text.rfind("\r", 0, node.start)) + 1
    end = LINE_END.search(text, node.end)
    if text[start : node.start].strip() != "-":
        raise Unwritable(f"{one.key} shares its line with something else", fix="write one variable per line")
    return text[:start] + text[end.end() if end else len(text) :]


def _added(text: str, above: Entry, item: str, value: Scalar) -> str:
    """Below the last one of a block list, indented as it is."""
    node = above.node
    if not above.own or node.kind == "alias" or node.anchor or not node.children:
        raise Unwritable(f"{above.key} is empty, an alias (*) or an anchor (&)", fix="write the list out by hand")
    last: Node = node.children[-1]
    if node.flow:
        return text[: last.end] + ", " + _item(item, value, last.style or '"') + text[last.end :]
    start = max(text.rfind("\n", 0, last.start), text.rfind("\r", 0, last.start)) + 1
    dash = text[start : last.start]
    if dash.strip() != "-" or last.style in ("|", ">"):
        raise Unwritable(f"{above.key} is not one variable per line", fix="write one variable per line")
    end = LINE_END.search(text, last.end)
    at = end.start() if end else len(text)
    return text[:at] + line_end(text) + dash + _item(item, value, last.style) + text[at:]


def _item(text: str, value: Scalar, style: str | None) -> str:
    return written(Quoted(text) if isinstance(value, Quoted) else text, style)


def _named(key: str) -> str:
    return key.rpartition(".")[2]


def _escaped(value: Scalar) -> Scalar:
    if not isinstance(value, str):
        return value
    if "\0" in value:
        raise Unwritable("a value holds a NUL character", fix="an environment variable cannot hold it")
    text = value.replace("$", "$$")
    return Quoted(text) if isinstance(value, Quoted) else text


def _meant(value: Scalar | None) -> Scalar | None:
    return value.replace("$$", "$") if isinstance(value, str) else value
