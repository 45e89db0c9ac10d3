"""docs/powershell.md: every fact about PowerShell names the tests that hold us to it, and they exist."""

from __future__ import annotations

import re
from pathlib import Path

TOP = Path(__file__).parents[3]
ROWS = re.findall(r"^\| (\d+) \|.*\| ([^|]*) \|$", (TOP / "docs/powershell.md").read_text("utf-8"), re.MULTILINE)


def test_no_fact_is_left_out() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, 41))


def test_each_fact_is_held_by_tests_that_exist() -> None:
    files = [*TOP.glob("tests/drivers/powershell/*.py"), *TOP.glob("tests/platforms/test_*.py")]
    known = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)}
    named = {number: set(re.findall(r"`(test_\w+)`", held)) for number, held in ROWS}
    assert {number: names - known for number, names in named.items() if not names or names - known} == {}
