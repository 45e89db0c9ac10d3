"""The example of docs/testing-a-platform.md works as it stands there, and is what `init --platform acme` writes."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import reconciler
from reconciler import api
from reconciler.cli.start import platform_scaffold
from reconciler.testing import CASES

TOP = Path(reconciler.__file__).parents[1]
PAGE = TOP / "docs" / "testing-a-platform.md"
FILES = dict(re.findall(r"`([\w/.]+)`:\n\n```\w+\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
PUBLIC = {"reconciler.api", "reconciler.testing"}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """What `init` writes, with the page's files in it."""
    for name, text in {**platform_scaffold.contents("acme", checkout=False), **FILES}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def ran(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_example_is_what_init_writes() -> None:
    written = platform_scaffold.contents("acme", checkout=False)
    assert {"pyproject.toml", "acme_mail/acme.py", "acme_mail/acme.schema.json"} < FILES.keys()
    assert {name: written[name] for name in FILES} == FILES


def test_the_example_keeps_the_contract(package: Path) -> None:
    install(package)
    done = ran(package, "pytest", "-q", "-p", "no:cacheprovider", "tests", PYTHONPATH=f"{package}:{TOP}")
    assert done.returncode == 0, done.stdout + done.stderr
    # no network, nothing to adopt; and one test of its own
    assert f"{len(CASES) - 3 + 1} passed, 3 skipped" in done.stdout


def test_the_example_passes_mypy(package: Path) -> None:
    done = ran(package, "mypy", "--strict", "--no-incremental", "acme_mail", "tests", MYPYPATH=str(TOP))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_example_passes_ruff(package: Path) -> None:
    """With the rules of this project, and as a package of its own."""
    ours = f"--config={TOP / 'pyproject.toml'}", "--config=lint.isort.known-first-party=['acme_mail', 'reconciler']"
    for words in (("check", *ours), ("check",), ("format", "--check", *ours)):
        done = ran(package, "ruff", words[0], "--no-cache", *words[1:], ".")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".py")])
def test_the_example_imports_what_is_public(name: str) -> None:
    tree = ast.walk(ast.parse(FILES[name]))
    modules = {node.module for node in tree if isinstance(node, ast.ImportFrom) and node.module}
    assert {module for module in modules if module.startswith("reconciler")} <= PUBLIC


def test_the_page_tells_of_every_case() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [case.__name__ for case in CASES]


def test_the_page_names_what_there_is() -> None:
    _, _, table = PAGE.read_text(encoding="utf-8").partition("| of | there is |\n")
    named = set(re.findall(r"`(\w+)`", table.partition("\n\n")[0]))
    assert named <= set(api.__all__)


def install(folder: Path) -> None:
    """What `pip install .` makes of pyproject.toml, as far as entry points go."""
    points = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]["reconciler.platforms"]
    info = folder / "acme_mail-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-mail\nVersion: 1.0\n")
    lines = "\n".join(f"{kind} = {module}" for kind, module in points.items())
    (info / "entry_points.txt").write_text(f"[reconciler.platforms]\n{lines}\n")
