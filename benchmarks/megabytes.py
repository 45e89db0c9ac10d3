"""What this process and all below it have in memory: Python, Playwright's Node, every process of the browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path


def now(without: int) -> float:
    """MiB, each shared page counted once (PSS). `without` is a process that does not count, with its own children."""
    return sum(map(_pss, _tree(str(os.getpid()), str(without)))) / 1024


def _tree(pid: str, without: str) -> Iterator[str]:
    yield pid
    for child in _children(pid):
        if child != without:
            yield from _tree(child, without)


def _children(pid: str) -> list[str]:
    """They belong to the thread that started them."""
    return [child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in _text(str(task)).split()]


def _pss(pid: str) -> int:
    found = re.search(r"^Pss:\s+(\d+)", _text(f"/proc/{pid}/smaps_rollup"), re.MULTILINE)
    return int(found[1]) if found else 0


def _text(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError:
        return ""  # it ended in the meantime
