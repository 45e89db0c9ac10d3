"""docs/platforms/file.md says of each reader what it can be told."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_table_of_readers_is_current() -> None:
    sys.path.insert(0, str(DOCS))
    try:
        import readers_table
    finally:
        sys.path.remove(str(DOCS))
    page = readers_table.PAGE.read_text("utf-8")
    assert readers_table.with_table(page) == page, "python docs/readers_table.py writes it anew"
