"""Puts lines into `connection.keys` of a target's file. Pure text: all else stays byte for byte, comments too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from reconciler.errors import InvalidError
from reconciler.pipeline.load import yaml_events


def with_keys(text: str, lines: Mapping[str, str], *, file: str) -> str:
    """`lines` are setting and what stands behind it. Raises InvalidError for a form that cannot be added to."""
    new = _inserted(text, lines)
    before, after = yaml_events.parsed(text), yaml_events.parsed(new or "")
    if new is None or not after.whole or not _only_added(before.data, after.data, lines):
        raise InvalidError(
            f"{file}: cannot add keys without changing more than connection.keys",
            why="new lines fit only where connection and its keys are in block style, one key per line",
            fix="write connection in block style, or leave out --write and paste what discover prints",
        )
    return new


def _inserted(text: str, lines: Mapping[str, str]) -> str | None:
    connection = _value(_composed(text), "connection")
    if connection is None or connection.flow_style or not connection.value:
        return None
    keys = _value(connection, "keys")
    end = "\r\n" if "\r\n" in text else "\n"
    if keys is None:
        column = connection.value[0][0].start_mark.column
        head = f"{' ' * column}keys:{end}"
        return _after(text, _last_line(connection), head + _lines(lines, column + 2, end), end)
    if not isinstance(keys, yaml.MappingNode) or keys.flow_style or not keys.value:
        return None
    return _after(text, _last_line(keys), _lines(lines, keys.value[0][0].start_mark.column, end), end)


def _lines(lines: Mapping[str, str], column: int, end: str) -> str:
    return "".join(f"{' ' * column}{setting}: {said}{end}" for setting, said in lines.items())


def _after(text: str, line: int, added: str, end: str) -> str:
    """After the line with this number, counted from 0."""
    whole = text.splitlines(keepends=True)
    if whole and not whole[line].endswith(("\n", "\r")):
        whole[line] += end
    return "".join([*whole[: line + 1], added, *whole[line + 1 :]])


def _composed(text: str) -> Any:
    """Nodes with their places. The files were loaded before, so depth and aliases are bounded."""
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _value(node: Any, key: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _last_line(node: Any) -> int:
    """Of what the node holds; a block's own end is where the next thing begins, after comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    mark = node.end_mark
    return int(mark.line if mark.column or mark.line == node.start_mark.line else mark.line - 1)


def _only_added(before: Any, after: Any, lines: Mapping[str, str]) -> bool:
    try:
        old, new = before["connection"].get("keys") or {}, after["connection"]["keys"]
        kept = {name: value for name, value in new.items() if name not in lines}
        rest = [{**data, "connection": {**data["connection"], "keys": None}} for data in (before, after)]
    except (TypeError, KeyError, AttributeError):
        return False
    return kept == old and new.keys() == {*old, *lines} and rest[0] == rest[1]
