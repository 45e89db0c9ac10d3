"""Writes the table reader x class of value of docs/platforms/file.md, between two marks: what each can be told.

python docs/readers_table.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "docs")]

from marked import renewed  # noqa: E402

from reconciler.drivers.textfile.file import unsayable  # noqa: E402
from reconciler.drivers.textfile.readers import CARRIERS, READERS  # noqa: E402
from reconciler.model.text.yaml_scalar import Quoted  # noqa: E402
from tests.conformance.values import CLASSES  # noqa: E402

PAGE = TOP / "docs/platforms/file.md"
BEGIN, END = "<!-- readers -->", "<!-- /readers -->"


def main() -> int:
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
    return 0


def with_table(page: str) -> str:
    """The page with its table renewed; ValueError for one without the marks."""
    return renewed(page, BEGIN, END, _lines())


def _lines() -> Iterator[str]:
    yield f"| `reader` | format | {' | '.join(CLASSES)} |"
    yield f"|{' --- |' * (len(CLASSES) + 2)}"
    for name, reader in READERS.items():
        for form in sorted(CARRIERS) if reader.format == "environment" else (reader.format,):
            cells = (_cell(form, name, values) for values in CLASSES.values())
            yield f"| `{name}` | {form} | {' | '.join(cells)} |"


def _cell(form: str, reader: str, values: tuple[str, ...]) -> str:
    refused = sum(unsayable(form, reader, Quoted(value)) is not None for value in values)
    return "ok" if not refused else f"{refused} of {len(values)} refused"


if __name__ == "__main__":
    sys.exit(main())
