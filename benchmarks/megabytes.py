"""What this process and all below it have in memory: Python, Playwright's Node, every process of the browser."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

# the first line of a mapping, with its file where it has one
_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ ([0-9a-f]+) \S+ \d+ *(.*)$", re.MULTILINE)
_SIZE = re.compile(r"^(Rss|Pss|Anonymous): +(\d+) kB$", re.MULTILINE)


def now(without: int) -> float:
    """MiB, each shared page counted once. `without` is a process that does not count, with its own children.

    Pages of a file, such as the program of the browser, count whole, also where a browser of somebody else shares them:
    the figure is that of a machine with nothing else on it.
    """
    own, files = 0, Counter[tuple[str, str]]()
    for pid in _tree(str(os.getpid()), str(without)):
        for place, sizes in _mappings(pid):
            if place[1].startswith("/") and "(deleted)" not in place[1] and 2 * sizes["Anonymous"] < sizes["Rss"]:
                files[place] = max(files[place], sizes["Rss"])
            else:
                own += sizes["Pss"]
    return (own + files.total()) / 1024


def _mappings(pid: str) -> Iterator[tuple[tuple[str, str], Mapping[str, int]]]:
    """Each with the offset in its file and the file's path; sizes are in KiB."""
    text = _text(f"/proc/{pid}/smaps")
    found = list(_MAPPING.finditer(text))
    ends = [*(one.start() for one in found), len(text)][1:]
    for one, end in zip(found, ends, strict=True):
        sizes = {name: int(size) for name, size in _SIZE.findall(text, one.end(), end)}
        yield (one[1], one[2]), {"Rss": 0, "Pss": 0, "Anonymous": 0, **sizes}


def _tree(pid: str, without: str) -> Iterator[str]:
    yield pid
    for child in _children(pid):
        if child != without:
            yield from _tree(child, without)


def _children(pid: str) -> list[str]:
    """They belong to the thread that started them."""
    return [child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in _text(str(task)).split()]


def _text(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError:
        return ""  # it ended in the meantime
