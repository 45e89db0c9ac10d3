"""`init --platform`: a new platform that keeps the contract as it is written, in a package and in a checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.commandline import inside

from reconciler import platforms
from reconciler.cli.start import platform_scaffold
from reconciler.testing import CASES

TOP = Path(str(platforms.schemas())).parent
CHECKOUT = ("reconciler", "schemas", "examples", "tests", "docs", "pyproject.toml")
LONG = "customer-portal-europe"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scratch copy of this project."""
    there = tmp_path / "checkout"
    skipped = shutil.ignore_patterns("__pycache__", ".demo", "recordings")
    for name in CHECKOUT:
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, there / name, ignore=skipped)
        else:
            shutil.copy(TOP / name, there / name)
    monkeypatch.chdir(there)
    return there


def ran(folder: Path, *words: str, path: Path = TOP) -> str:
    """What a tool says, that ended well."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def created(*arguments: str) -> list[str]:
    found = inside("init", "--format", "json", *arguments)
    assert found.code == 0, found
    return list(json.loads(found.out)["created"])


@pytest.mark.parametrize("kind", ["acme", LONG])
def test_a_package_is_clean_whatever_its_name(folder: Path, kind: str) -> None:
    assert len(created("--platform", kind)) == len(platform_scaffold.contents(kind, checkout=False))
    ran(folder, "-m", "ruff", "check", "--no-cache", f"--config={TOP / 'pyproject.toml'}", "--ignore=I001", ".")
    ran(folder, "-m", "ruff", "check", "--no-cache", ".")
    ran(folder, "-m", "ruff", "format", "--no-cache", "--check", ".")


def test_the_types_of_a_package_hold(folder: Path) -> None:
    created("--platform", LONG)
    ran(folder, "-m", "mypy", "--strict", "--cache-dir", os.devnull, ".")


def test_what_is_there_is_left_as_it_is(folder: Path) -> None:
    first = created("--platform", "acme", "there")
    mine = folder / "there/acme_mail/acme.py"
    mine.write_text("# mine\n", encoding="utf-8")
    (folder / "there/docs/acme.md").unlink()
    assert created("--platform", "acme", "there") == ["docs/acme.md"]
    assert mine.read_text(encoding="utf-8") == "# mine\n"
    assert first[0] == "acme_mail/acme.py"


def test_its_example_is_valid_where_the_package_is_installed(folder: Path) -> None:
    created("--platform", LONG)
    info = folder / "it-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: it\nVersion: 1.0\n")
    module = LONG.replace("-", "_")
    (info / "entry_points.txt").write_text(f"[{platforms.ENTRY_POINTS}]\n{LONG} = {module}_mail.{module}\n")
    ran(folder / "examples", "-m", "reconciler", "validate", path=Path(f"{folder}:{TOP}"))
    said = ran(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", path=Path(f"{folder}:{TOP}"))
    assert f"{len(CASES) - 3 + 1} passed, 3 skipped" in said


@pytest.mark.parametrize("kind", ["Acme", "a_b", "1a", "a-", "../a", "openspp", "odoo", "class", "json", ""])
def test_a_name_that_no_platform_can_have_is_64_and_writes_nothing(folder: Path, kind: str) -> None:
    found = inside("init", "--platform", kind)
    assert (found.code, list(folder.iterdir())) == (64, [])
    assert "--platform" in found.err


def test_ci_is_no_matter_of_a_platform(folder: Path) -> None:
    assert (inside("init", "--platform", "acme", "--ci", "gitlab").code, list(folder.iterdir())) == (64, [])


@pytest.mark.long
def test_one_more_platform_in_a_checkout_keeps_what_all_keep(checkout: Path) -> None:
    """By the next steps that are printed; and no test of ours asks for a file that is missing."""
    files = created("--platform", LONG)
    module = LONG.replace("-", "_")
    ran(checkout, "docs/settings_tables.py", path=checkout)
    python = [name for name in files if name.endswith(".py")]
    ran(checkout, "-m", "ruff", "check", "--no-cache", *python)
    ran(checkout, "-m", "ruff", "format", "--no-cache", "--check", *python)
    ran(checkout, "-m", "mypy", "--cache-dir", os.devnull, f"reconciler/platforms/{module}.py", path=checkout)
    tests = ["tests/contract/test_contract.py", f"tests/platforms/test_{module}.py", "tests/test_examples.py"]
    tests += ["tests/test_schemas.py", "tests/docs/test_settings_tables.py", "tests/test_core_knows_no_platform.py"]
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", f"{module} or {LONG} or every_platform"]
    said = ran(checkout, *words, path=checkout)
    assert (found := re.search(r"(\d+) passed", said))
    assert int(found[1]) >= len(CASES) + 8
