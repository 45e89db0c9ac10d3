"""Git's conflict markers, which to YAML are a line without a colon."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.pipeline.load.yaml_messages import Problem

_OURS, _THEIRS = "<<<<<<< ", ">>>>>>> "


def problems(text: str) -> Iterator[Problem]:
    """One for each conflict, at its first marker. No text is valid YAML with both markers at the start of lines."""
    start = 0
    for number, line in enumerate(text.split("\n") if _OURS in text else (), start=1):
        if line.startswith(_OURS):
            start = number
        elif start and line.startswith(_THEIRS):
            yield _unresolved(start, number)
            start = 0


def _unresolved(start: int, end: int) -> Problem:
    return Problem(
        line=start,
        column=1,
        rule="yaml-syntax",
        what=f"unresolved merge conflict, lines {start} to {end}",
        why="both versions are still in the file",
        fix="keep what is right, and remove the lines <<<<<<<, ======= and >>>>>>>",
    )
