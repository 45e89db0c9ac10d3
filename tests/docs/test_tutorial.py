"""docs/tutorial.md as a reader follows it: each block is run, and what the page shows is shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/tutorial.md"
BLOCKS = re.findall(r"^```(sh|text)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_tutorial_is_true(tmp_path: Path) -> None:
    """In one shell; a mark between two blocks tells their outputs apart."""
    script = "\necho '<<<'\n".join(text for kind, text in BLOCKS if kind == "sh")
    folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = iter(done.stdout.split("<<<\n"))
    shown = ""
    for kind, text in BLOCKS:
        if kind == "sh":
            shown = next(printed)
        else:
            assert [line for line in text.splitlines() if line not in shown] == []
    assert sum(kind == "text" for kind, _ in BLOCKS) >= 5
