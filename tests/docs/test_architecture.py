"""docs/architecture: the picture is that of the code, and the page names what is there."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/architecture.md").read_text("utf-8")
PACKAGES = sorted(path.parent.name for path in (TOP / "reconciler").glob("*/__init__.py"))
ROOMS = sorted(
    path.parent.relative_to(TOP / "reconciler").as_posix()
    for package in ("cli", "pipeline", "smtp", "drivers")
    for path in (TOP / "reconciler" / package).glob("*/__init__.py")
)
# a platform's folder is one platform: what all of them may not do, `platforms` says
EVERY = sorted(
    path.parent.relative_to(TOP / "reconciler").as_posix()
    for path in (TOP / "reconciler").glob("*/**/__init__.py")
    if path.parents[1].name != "platforms"
)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_picture_is_that_of_the_import_graph(seed: str) -> None:
    """Whatever the order of sets: another one in each process."""
    ran = subprocess.run(
        [sys.executable, str(TOP / "docs/architecture.py"), "--check"],
        env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed, "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_every_package_has_its_paragraph() -> None:
    assert sorted(re.findall(r"^\*\*`(\w+)`\*\* ", PAGE, re.MULTILINE)) == PACKAGES


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_in_the_paragraph_of_its_package(room: str) -> None:
    package, name = room.split("/")
    told = re.search(rf"^\*\*`{package}`\*\* (.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert told
    assert f"`{name}`" in told[1] or f"`{room}`" in told[1]


@pytest.mark.parametrize("room", EVERY)
def test_every_room_says_itself_what_it_is_for_and_what_it_may_not_do(room: str) -> None:
    said = ast.get_docstring(ast.parse((TOP / "reconciler" / room / "__init__.py").read_text("utf-8"))) or ""
    assert len(said.partition("\n")[0].split()) > 4
    assert re.search(r"\b(no|not|nothing|nobody|never|only)\b", said, re.IGNORECASE)


def test_no_room_has_more_than_twenty_modules() -> None:
    folders = [path.parent for path in (TOP / "reconciler").glob("**/__init__.py")]
    crowded = {str(one): len(list(one.glob("*.py"))) - 1 for one in folders if len(list(one.glob("*.py"))) > 21}
    assert crowded == {}


@pytest.mark.parametrize(("command", "most"), [("plan", 20), ("apply", 30)])
def test_a_reading_list_is_as_long_as_it_says_and_names_files_that_are_there(command: str, most: int) -> None:
    section = PAGE.partition(f"## To follow `{command}`\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^(\d+)\. `([^`]+)`: \w", section, re.MULTILINE)
    assert [int(number) for number, _ in listed] == list(range(1, len(listed) + 1))
    assert section.strip().startswith(f"{len(listed)} files")
    assert len({path for _, path in listed}) == len(listed) <= most
    assert [path for _, path in listed if not (TOP / path).is_file()] == []


def test_what_the_page_tells_to_open_is_there() -> None:
    named = re.findall(r"`((?:reconciler|schemas|docs|tests|examples)/[^`]*)`", PAGE)
    assert len(named) > 40
    assert [path for path in named if "<" not in path and not (TOP / path).exists()] == []
