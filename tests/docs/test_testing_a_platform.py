"""The example of docs/testing-a-platform.md works as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import reconciler
from reconciler.testing import CASES

PAGE = Path(__file__).parents[2] / "docs" / "testing-a-platform.md"
FILES = re.compile(r"`([\w/.]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)


def test_the_example_keeps_the_contract(tmp_path: Path) -> None:
    files = dict(FILES.findall(PAGE.read_text(encoding="utf-8")))
    assert set(files) == {"pyproject.toml", "acme_mail/acme.py", "acme_mail/acme.schema.json", "tests/test_acme.py"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    install(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{Path(reconciler.__file__).parents[1]}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(CASES) - 3} passed, 3 skipped" in ran.stdout  # no network, nothing to adopt


def test_the_page_tells_of_every_case() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [case.__name__ for case in CASES]


def install(folder: Path) -> None:
    """What `pip install .` makes of pyproject.toml, as far as entry points go."""
    points = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]["reconciler.platforms"]
    info = folder / "acme_mail-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-mail\nVersion: 1.0\n")
    lines = "\n".join(f"{kind} = {module}" for kind, module in points.items())
    (info / "entry_points.txt").write_text(f"[reconciler.platforms]\n{lines}\n")
