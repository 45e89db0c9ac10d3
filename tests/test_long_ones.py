"""`make test-long` looks for the long tests where the Makefile says that they are."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
MAKEFILE = (TESTS.parent / "Makefile").read_text("utf-8")


def test_no_long_test_is_elsewhere() -> None:
    named = re.search(r"^LONG := (.+)$", MAKEFILE, re.MULTILINE)
    assert named
    rooms = [TESTS.parent / room for room in named[1].split()]
    long = re.compile(r"mark\.(crash|consoles|long)\b")
    marked = [file for file in TESTS.rglob("test_*.py") if long.search(file.read_text("utf-8"))]
    assert len(marked) > 9
    assert [file for file in marked if not any(file.is_relative_to(room) for room in rooms)] == []
