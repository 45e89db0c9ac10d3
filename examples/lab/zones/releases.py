"""A worker of another release: a copy of the package that says another version, for PYTHONPATH."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

TOP = Path(__file__).parents[3]
_VERSION = re.compile(r'^__version__ = "(\d+)\.(\d+)\.', re.MULTILINE)


def other(folder: Path) -> Path:
    """Of the next minor version; `folder` is what PYTHONPATH names."""
    shutil.copytree(TOP / "reconciler", folder / "reconciler", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("schemas", "examples"):
        (folder / name).symlink_to(TOP / name)
    init = folder / "reconciler/__init__.py"
    text = init.read_text("utf-8")
    found = _VERSION.search(text)
    assert found, "reconciler/__init__.py no longer says its version"
    init.write_text(_VERSION.sub(f'__version__ = "{found[1]}.{int(found[2]) + 1}.', text), "utf-8")
    return folder
