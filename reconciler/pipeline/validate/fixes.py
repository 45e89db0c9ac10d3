"""Puts right in a file's text what follows from what stands there; every other character stays. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from reconciler.model.finding import Finding
from reconciler.model.source import Path
from reconciler.pipeline.load import yaml_events

_Place = tuple[int, int]  # line and column, counted from 1


def fixed(text: str, findings: Sequence[Finding]) -> tuple[str, tuple[Finding, ...]]:
    """The text with the replacements of its own findings, and those that were carried out.

    A result that does not say exactly this and everything else as before is thrown away.
    """
    parsed = yaml_events.parsed(text)
    wanted = {(one.where.line, one.where.column): one for one in findings if one.where and one.replacement is not None}
    if not wanted or not parsed.whole:
        return text, ()
    new, done = _replaced(text, wanted)
    after = yaml_events.parsed(new)
    same = after.whole and not after.problems and after.data == _expected(parsed.data, parsed.places, done)
    return (new, tuple(done.values())) if done and same else (text, ())


def _replaced(text: str, wanted: Mapping[_Place, Finding]) -> tuple[str, dict[_Place, Finding]]:
    """From the end on, so that what lies before keeps its place."""
    spans = {(start.line + 1, start.column + 1): (start.index, end.index) for start, end in _scalars(text)}
    done = {place: one for place, one in wanted.items() if place in spans}
    for place in sorted(done, reverse=True):
        start, end = spans[place]
        text = f"{text[:start]}{done[place].replacement}{text[end:]}"
    return text, done


def _scalars(text: str) -> Iterator[tuple[Any, Any]]:
    """Where each plain or quoted scalar begins and ends; the files were loaded before, so depth is bounded."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.ScalarEvent) and event.style not in ("|", ">"):
            yield event.start_mark, event.end_mark


def _expected(data: Any, places: Mapping[Path, tuple[int, int, int, int]], done: Mapping[_Place, Finding]) -> Any:
    made = copy.deepcopy(data)
    for path, (_, _, line, column) in places.items():
        if path and (found := done.get((line, column))) is not None:
            inner = made
            for part in path[:-1]:
                inner = inner[part]
            inner[path[-1]] = yaml_events.parsed(f"a: {found.replacement}\n").data["a"]
    return made
