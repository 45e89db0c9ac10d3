"""README's ten security lines are held by tests: here each is broken once, and the test that holds it has to fail.

`lines.toml` has what to break. It is done in a copy of the tree; each break runs the one test that it names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

TOP = Path(__file__).parents[2]
LINES = tomllib.loads(Path(__file__).with_name("lines.toml").read_text("utf-8"))["lines"]
# what the named tests need; no other tool's folders, which may be large
TREE = ("reconciler", "schemas", "examples", "tests", "environments", "pyproject.toml", "README.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """`words` are those of the line that `new` makes untrue; `test` is the one that has to notice."""

    line: int
    words: str
    file: str
    old: str
    new: str
    test: str

    def __str__(self) -> str:
        return f"{self.line}: {self.words} ({Path(self.file).name})"


BREAKS = [Break(line=line["number"], **one) for line in LINES for one in line["breaks"]]


def test_the_readme_has_these_lines() -> None:
    """A line that is added, reworded or numbered anew needs a look at what holds it."""
    section = (TOP / "README.md").read_text("utf-8").partition("## Security in ten lines\n")[2].partition("\n## ")[0]
    told = re.findall(r"^(\d+)\. (.+)$", section, re.MULTILINE)
    assert told == [(str(line["number"]), line["says"]) for line in LINES]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["number"])
def test_a_line_is_broken_in_its_own_words(line: dict[str, str]) -> None:
    broken = [one for one in BREAKS if one.line == line["number"]]
    assert broken
    assert [one.words for one in broken if one.words not in line["says"]] == []


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    for name in TREE:
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, folder / name)
        else:
            shutil.copy2(TOP / name, folder / name)
    return folder


def test_the_named_tests_pass_while_nothing_is_broken(copy: Path) -> None:
    ran = _ran(copy, *dict.fromkeys(one.test for one in BREAKS))
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert "skipped" not in ran.stdout


@pytest.mark.parametrize("one", BREAKS, ids=str)
def test_a_broken_line_is_noticed(one: Break, copy: Path) -> None:
    with _broken(copy, one):
        ran = _ran(copy, one.test)
    assert re.search(r"^\d+ failed", ran.stdout.splitlines()[-1]), f"{one.test} does not fail:\n{ran.stdout[-2000:]}"
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED


@contextmanager
def _broken(copy: Path, one: Break) -> Iterator[None]:
    path = copy / one.file
    text = path.read_text("utf-8")
    assert text.count(one.old) == 1, f"{one.file} has changed: look at what holds line {one.line} now"
    path.write_text(text.replace(one.old, one.new), encoding="utf-8")
    _forget(path)
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")
        _forget(path)


def _forget(path: Path) -> None:
    """What Python compiled counts as current when size and second are the same."""
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()


def _ran(copy: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    quiet = ("-q", "--tb=line", "-p", "no:cacheprovider", f"--basetemp={copy.parent / 'inner'}")
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # half of the time of a test is the import of plugins
    return subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, *tests],
        cwd=copy,
        env={**kept, **alone, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
