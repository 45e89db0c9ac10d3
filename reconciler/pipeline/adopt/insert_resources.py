"""Puts resources into the text of a target's file; every line that is there stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.errors import InvalidError
from reconciler.model.adoption import Block
from reconciler.pipeline.load import yaml_events

_BREAK = re.compile(r"\r\n|\n|\r")


def inserted(text: str, blocks: Sequence[Block], header: Sequence[str], expected: Mapping[str, Any], file: str) -> str:
    """The new text. InvalidError where it would not say `expected`; the file is as it was then."""
    parsed = yaml_events.parsed(text)
    lines = _BREAK.split(text)
    if lines[-1] == "":
        lines.pop()
    there = [block for block in blocks if block.collection in parsed.data]
    new = [block for block in blocks if block.collection not in parsed.data]
    root = min((place[1] for path, place in parsed.places.items() if len(path) == 1), default=1) - 1
    for block in sorted(there, key=lambda one: parsed.places[one.collection,][0], reverse=True):
        first = header if not new and block is there[0] else ()
        _into(lines, [*first, *block.lines], block, parsed, root)
    if tail := [line for block in new for line in block.whole()]:
        lines += ["", *_indented([*header, *tail], root)]
    result = ("\r\n" if "\r\n" in text else "\n").join([*lines, ""])
    after = yaml_events.parsed(result)
    if after.problems or after.data != expected:
        raise InvalidError(
            f"{file}: nothing was written; the file's layout has no room for the new resources",
            why="new resources are added to block-style mappings only, one key per line",
            fix="write its collections in block style, or leave out --write and paste the output",
        )
    return result


def _into(lines: list[str], more: Sequence[str], block: Block, parsed: yaml_events.Parsed, root: int) -> None:
    places, content = parsed.places, parsed.data[block.collection]
    line, _, value_line, value_column = places[block.collection,]
    indent = min((places[block.collection, key][1] for key in content), default=root + 3) - 1
    if not content and block.declares:  # {}
        before = lines[value_line - 1]
        lines[value_line - 1] = before[: value_column - 1].rstrip() + before[value_column - 1 :].removeprefix("{}")
    later = [place[0] for path, place in places.items() if len(path) == 1 and place[0] > line]
    end = min(later, default=len(lines) + 1) - 1
    while end > value_line and _belongs_to_next(lines[end - 1], indent):
        end -= 1
    lines[end:end] = _indented(more, indent)


def _belongs_to_next(line: str, indent: int) -> bool:
    bare = line.lstrip(" ")
    return not bare or (bare.startswith("#") and len(line) - len(bare) < indent)


def _indented(lines: Sequence[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{line}" if line else line for line in lines]
