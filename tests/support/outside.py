"""Text as a server, a file or a store may send it to harm who reads it, and the judge of what came of it."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import strategies as st

SIGNS = (
    *("\n", "\r", "\t", "\v", "\f", "\0", "\a", "\b", "\x1b", "\x7f", "\x85", "\x9b", "\xa0", "\xad"),
    *("\u061c", "\u200b", "\u200f", "\u2028", "\u2029", "\u202e", "\u2066", "\ufdd0", "\ufeff", "\ud800", "\U000e0041"),
)
COMMANDS = ("::error::", "::add-mask::", " ::stop-commands::", "##[error]", "##vso[x]", "##teamcity[x]", "```", "~~~~")
WORDS = ("a", " ", "Zürich", ":", "#", "[", "`", "'", '"', "\\", "<b>", "&", "|", "{", "x" * 90)
HOSTILE = st.lists(st.sampled_from((*SIGNS, *COMMANDS, *WORDS)), min_size=1, max_size=8).map("".join)

# what may stand in an output: letters, marks, numbers, punctuation, symbols, the space and the line break
_HARMLESS = ("L", "M", "N", "P", "S")
_COMMAND = re.compile(r"(?m)^[ \t]*::[A-Za-z][^\n]*::|##\w*\[")


def harm(text: str) -> list[str]:
    """Signs and commands that act on a terminal or a CI system instead of being read."""
    signs = {sign for sign in text if sign not in " \n" and not unicodedata.category(sign).startswith(_HARMLESS)}
    return [*map(ascii, sorted(signs)), *_COMMAND.findall(text)]


_ANNOTATION = re.compile(r"::(?:error|warning|notice) (?:file=[^,:]*,line=\d+,col=\d+,)?title=[^,:]*::")


def annotations(text: str) -> str:
    """The texts of `--format github`, where every line is one annotation: nothing in it ends it or begins another."""
    lines = text.splitlines()
    assert all(_ANNOTATION.match(line) for line in lines), text
    return "\n".join(_ANNOTATION.sub("annotation: ", line, count=1) for line in lines)
