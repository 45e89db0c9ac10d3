"""Characters that a review does not show: they move text, turn its direction, or are not there to the eye."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.pipeline.load.yaml_messages import Problem

# C0 without tab and line breaks, C1, format characters, line and paragraph separators, fillers, tags, noncharacters.
# U+200C and U+200D join letters of living scripts; where only names stand, the schemas refuse them too.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)


def problems(text: str) -> Iterator[Problem]:
    """The first of each line, comments too: a comment is what a reviewer goes by."""
    if text.isascii():
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _HIDDEN.search(line):
            yield problem(number, found.start() + 1, found[0])


def escaped(value: str) -> str | None:
    """The first that an escape in double quotes has brought in."""
    found = None if value.isprintable() else _HIDDEN.search(value)
    return found[0] if found else None


def problem(line: int, column: int, sign: str) -> Problem:
    return Problem(
        line=line,
        column=column,
        rule="hidden-character",
        what=f"hidden character U+{ord(sign):04X}",
        why="it is invisible in a review, and can make text look like another one",
        fix="delete it; an editor may show it as a box, or not at all",
    )
