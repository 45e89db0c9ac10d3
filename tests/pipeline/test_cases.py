"""Files as cases: `cases/valid/*` are landscapes without a finding, `cases/invalid/*` each have their exact messages;
`cases/schema/*` show what the schemas let pass, and make no sense as a whole.

To add a case is to add a folder. After a wording was changed on purpose, run this file with UPDATE_CASES=1 and read the
difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reconciler import platforms
from reconciler.model import codec
from reconciler.model.finding import Finding
from reconciler.pipeline import declaration
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.validate import documents as validate
from reconciler.views import findings as view
from reconciler.views.paper import Paper

CASES = Path(__file__).parents[1] / "cases"
TODAY = "2026-11-20"
CANARY = "c4n4ry"  # begins every secret that a case writes into a file


@pytest.fixture(autouse=True)
def fixed_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages name the platforms that there are: a new one changes none of these here."""
    monkeypatch.setattr(platforms, "known", lambda: ("file", "odoo", "openspp"))


def check(root: Path) -> tuple[tuple[Finding, ...], int]:
    """Everything that `validate` says of a landscape, and how many files it has."""
    # a base of its own, so that no message depends on where this checkout lies
    found = declaration.judged(root, base=Path("/base"), today=TODAY)
    return found.findings, found.files


def folders(name: str) -> list[Path]:
    return sorted(folder for folder in (CASES / name).iterdir() if folder.is_dir())


@pytest.mark.parametrize("case", folders("valid"), ids=lambda case: case.name)
def test_valid_case_has_no_finding(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)

    found, files = check(Path())

    assert view.text(found, Paper(), files=files) == f"{files} file{'s are' if files != 1 else ' is'} valid\n"


@pytest.mark.parametrize("case", folders("schema"), ids=lambda case: case.name)
def test_schema_case_has_no_finding_of_its_schema(case: Path) -> None:
    loaded = load.documents(case)

    assert (*loaded.findings, *validate.findings(loaded.documents)) == ()


@pytest.mark.parametrize("case", folders("invalid"), ids=lambda case: case.name)
def test_invalid_case_has_its_exact_messages(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)

    found, files = check(Path())

    said = view.text(found, Paper(), files=files)
    if os.environ.get("UPDATE_CASES"):
        Path("expected.txt").write_text(said, encoding="utf-8")
    assert said.splitlines() == Path("expected.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", folders("invalid"), ids=lambda case: case.name)
def test_invalid_case_repeats_no_secret(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)

    found, files = check(Path())

    assert CANARY not in view.text(found, Paper(color=True), files=files)
    assert CANARY not in json.dumps([codec.finding(finding) for finding in found])
    assert CANARY not in repr(found)
    assert CANARY not in Path("expected.txt").read_text(encoding="utf-8")
