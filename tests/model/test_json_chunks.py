"""JSON piece by piece is the JSON of the whole."""

from __future__ import annotations

import json

import pytest

from reconciler.model.text.json_chunks import chunks

DOCUMENTS = [
    {},
    {"a": 1, "b": [], "c": {}, "d": None},
    {"a": [{"b": [1, 2]}, 'ü\n"x'], "é": {"c": {"d": [[]]}}},
]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_pieces_are_what_json_writes(document: dict[str, object], ascii_only: bool) -> None:
    whole = json.dumps(document, indent=2, ensure_ascii=ascii_only) + "\n"
    assert "".join(chunks(document, ascii_only=ascii_only)) == whole
    lazy = {name: iter(value) if isinstance(value, list) else value for name, value in document.items()}
    assert "".join(chunks(lazy, ascii_only=ascii_only)) == whole


def test_what_comes_from_an_iterator_is_not_gathered() -> None:
    asked: list[int] = []
    values = (asked.append(number) or number for number in range(3))
    found = chunks({"a": values})
    assert [next(found), next(found)] == ['{\n  "a": ', "[\n    0"]
    assert asked == [0]
