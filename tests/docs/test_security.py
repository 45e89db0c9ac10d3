"""Each threat names a test that is there. What they hold, they hold themselves."""

from __future__ import annotations

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/security.md").read_text("utf-8")
ROWS = re.findall(r"^\| (?!threat|---)(.+) \| (.+) \| (.+) \|$", PAGE.partition("## Threats\n")[2], re.MULTILINE)


def test_every_threat_names_its_test() -> None:
    assert len(ROWS) > 20
    assert [threat for threat, _, test in ROWS if not re.fullmatch(r"`tests/\S+\.py::test_\w+`", test)] == []


def test_every_test_that_is_named_is_there() -> None:
    lost = []
    for _, _, test in ROWS:
        path, _, name = test.strip("`").partition("::")
        if not (TOP / path).is_file() or f"def {name}(" not in (TOP / path).read_text("utf-8"):
            lost.append(test)
    assert lost == []
