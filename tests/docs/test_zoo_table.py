"""The table in docs/handshake.md is of this zoo."""

from __future__ import annotations

import re
from pathlib import Path

from clients.clients import CLIENTS
from lab.servers.shaped.shape import shapes
from lab.servers.smtp.zoo import CONTROLS, ZOO

from reconciler.smtp.catalogue.checks import CATALOGUE
from reconciler.smtp.clients.client import names

TOP = Path(__file__).parents[2]
PRESETS = TOP / "reconciler/platforms/file/presets"
PAGE = TOP / "docs" / "handshake.md"
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", PAGE.read_text("utf-8").partition("<!-- zoo")[2], re.MULTILINE))


def test_the_table_has_every_fault_with_the_check_that_finds_it() -> None:
    wanted = {name: f"{fault.check} {fault.status}" for name, fault in (ZOO | CONTROLS).items()}
    assert {name: ROWS.get(name, "").partition(", ")[0] for name in wanted} == wanted


def test_the_readme_counts_as_we_do() -> None:
    readme = (TOP / "README.md").read_text("utf-8")
    assert f"({len(ZOO | CONTROLS)} faults, " in readme
    assert f"{len(CATALOGUE)} named checks" in readme
    judged = f"held to what {len(CLIENTS)} real ones did at {len(shapes())} shapes of relays"
    assert f"{len(names())} clients, {judged}" in readme
    applications = {file.stem.removesuffix("-env") for file in PRESETS.glob("*.yaml")}
    assert f"presets for {len(applications)} applications" in readme
