"""What people install holds all that it needs and nothing else. The slow part, installing it, is .ci/package."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from reconciler import __version__

TOP = Path(__file__).parents[2]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one wheel and one sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(built.glob("*.whl")))


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def files(*folders: str) -> set[str]:
    """What git knows, or would take up."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *folders]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        pytest.skip(f"this is no checkout: {done.stderr.strip()}")
    return {name for name in done.stdout.splitlines() if (TOP / name).is_file()}


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == files("reconciler") | {f"reconciler/{name}" for name in files("schemas")}
    assert "reconciler/py.typed" in held


def test_the_wheel_is_named_so_that_no_other_project_is_installed(built: Path) -> None:
    stem = f"mail_reconciler-{__version__}"
    assert sorted(file.name for file in built.glob("mail*")) == [f"{stem}-py3-none-any.whl", f"{stem}.tar.gz"]


def test_the_sdist_holds_what_the_wheel_is_made_of(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert files("reconciler", "schemas", "README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml") <= held
    assert not {name for name in held if name.startswith((".", "tests/", "environments/")) and name != ".gitignore"}


def test_the_metadata_says_what_it_needs(metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("mail-reconciler", __version__)
    assert (metadata["Requires-Python"], metadata["License-Expression"]) == (">=3.11", "Apache-2.0")
    assert {"browser", "windows", "kerberos"} <= set(metadata.get_all("Provides-Extra", []))
    needed = {re.split(r"[^\w-]", line)[0] for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line}
    assert needed == {re.split(r"[^\w-]", line)[0].lower() for line in PROJECT["dependencies"]}


def test_the_command_is_there(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "reconciler = reconciler.cli.main:main" in wheel.read(name).decode()


def test_the_version_is_semantic() -> None:
    """https://semver.org: a pre-release is 1.2.3rc1 here, as Python spells it (PEP 440)."""
    assert re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)((a|b|rc)\d+)?", __version__)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of one as a release looks at, with a changelog of its own."""
    for name in (".ci/release-check", "reconciler/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((TOP / name).read_text("utf-8"), encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## {__version__} – 2026-12-01\n", encoding="utf-8")
    return tmp_path


def refused(checkout: Path, tag: str) -> str:
    command = [sys.executable, str(checkout / ".ci/release-check"), tag]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stderr


def test_a_tag_that_is_the_version_is_released(checkout: Path) -> None:
    assert refused(checkout, f"v{__version__}") == ""


def test_a_tag_of_another_version_is_refused(checkout: Path) -> None:
    assert f"the tag is v9.9.9, and the version is {__version__}" in refused(checkout, "v9.9.9")


def test_a_version_that_the_changelog_does_not_tell_of_is_refused(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n", encoding="utf-8")
    assert "does not tell of" in refused(checkout, f"v{__version__}")
