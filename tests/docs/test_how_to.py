"""Each platform's page leads from rights to a rotated password in the same form, by commands that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from support.commandline import TOP, inside

from reconciler import platforms
from reconciler.cli.main import COMMANDS

FORM = ["Give it rights", "Write the first target", "Rotate a password", "What can go wrong"]


def how_to(kind: str) -> str:
    page = (TOP / f"docs/platforms/{kind}.md").read_text("utf-8")
    return page.partition("\n## How to\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("kind", platforms.KINDS)
def test_a_page_leads_through_the_same_four_steps(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = how_to(kind)
    assert re.findall(r"^### (.*)$", said, re.MULTILINE) == FORM
    assert len(re.findall(r"^- \*", said.partition(FORM[3])[2], re.MULTILINE)) >= 3
    lines = [shlex.split(line, comments=True) for line in said.splitlines() if line.startswith("reconciler ")]
    assert {words[1] for words in lines} <= COMMANDS.keys()
    files = {"reconciler.yaml": "version: 1\n", "prod/environment.yaml": "order: 30\n"}
    for name, text in files.items():
        (tmp_path / "environments" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "environments" / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    added = inside(*lines[0][1:])
    assert added.code == 0, added.text
    (unit,) = {words[2] for words in lines if words[1] in ("doctor", "adopt", "discover")}
    assert (tmp_path / f"environments/{unit}.yaml").is_file()
