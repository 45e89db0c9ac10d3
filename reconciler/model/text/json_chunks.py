"""A document as JSON text, piece by piece: what comes from an iterator is never all in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def chunks(document: Mapping[str, Any] | Sequence[Any], *, ascii_only: bool = False) -> Iterator[str]:
    """As `json.dumps(…, indent=2)` writes it, ended by a newline; an iterator among the values becomes a list."""
    if not isinstance(document, Mapping):
        yield f"{json.dumps(document, indent=2, ensure_ascii=ascii_only)}\n"
        return
    before = "{\n"
    for name, value in document.items():
        head = f"{before}  {json.dumps(name, ensure_ascii=ascii_only)}: "
        if isinstance(value, Iterator):
            yield head
            yield from _list(value, ascii_only=ascii_only)
        else:
            yield head + _indented(value, 2, ascii_only=ascii_only)
        before = ",\n"
    yield "\n}\n" if document else "{}\n"


def _list(values: Iterator[Any], *, ascii_only: bool) -> Iterator[str]:
    before = "[\n"
    for value in values:
        yield f"{before}    {_indented(value, 4, ascii_only=ascii_only)}"
        before = ",\n"
    yield "[]" if before == "[\n" else "\n  ]"


def _indented(value: Any, depth: int, *, ascii_only: bool) -> str:
    # no text of JSON has a line break of its own
    return json.dumps(value, indent=2, ensure_ascii=ascii_only).replace("\n", "\n" + " " * depth)
