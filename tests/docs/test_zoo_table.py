"""The table in docs/handshake.md is of this zoo."""

from __future__ import annotations

import re
from pathlib import Path

from lab.servers.smtp.zoo import CONTROLS, ZOO

PAGE = Path(__file__).parents[2] / "docs" / "handshake.md"
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", PAGE.read_text("utf-8").partition("<!-- zoo")[2], re.MULTILINE))


def test_the_table_has_every_fault_with_the_check_that_finds_it() -> None:
    wanted = {name: f"{fault.check} {fault.status}" for name, fault in (ZOO | CONTROLS).items()}
    assert {name: ROWS.get(name, "").partition(", ")[0] for name in wanted} == wanted
