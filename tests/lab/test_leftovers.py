"""Whoever imports the lab, or starts its Windows servers, leaves nothing in the folder for temporary files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]
USED = """
import importlib, pkgutil, lab
from lab.servers.windows import WindowsServer
for one in pkgutil.walk_packages(lab.__path__, "lab."):
    if not one.name.endswith("__main__"):
        importlib.import_module(one.name)
with WindowsServer({}, password="canary-l0gin"):
    pass
"""


def test_a_process_of_the_lab_leaves_no_file_behind(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(TOP / "examples")}
    subprocess.run([sys.executable, "-c", USED], env=environment, cwd=tmp_path, check=True, timeout=120)
    assert list(tmp_path.iterdir()) == []
