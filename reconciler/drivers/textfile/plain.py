"""Texts as nearly all are: line after line of a key and a plain value, told in one look instead of a trial."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from reconciler.drivers.textfile.format import kept

_LINES = {
    "dotenv": r"[ \t]*(?:#.*)?|(?:export +)?[A-Za-z_][A-Za-z0-9_.-]*=[^'\"\\]*",
    # no anchor, alias, tag, flow or block scalar; quotes around the whole value only
    "yaml": r" *(?:#.*)?| *[A-Za-z0-9_-]+:"
    r"(?: +(?:[A-Za-z0-9_./][^&*{}\[\]|>!\"'\t#]*|\"[^\"\\\t]*\"|'[^'\t]*'))?(?: +#.*)?",
}
_NEW = {"dotenv": r"[A-Za-z_][A-Za-z0-9_.-]*", "yaml": r"(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9_-]+"}


_compiled = cache(re.compile)


@kept
def plain(name: str, text: str) -> bool:
    """Whether the value of any key that is there can be changed without a look at what is around it."""
    if name not in _LINES or (name == "dotenv" and "\r" in text):  # which some of its readers keep in the value
        return False
    return all(map(_compiled(_LINES[name]).fullmatch, text.replace("\r\n", "\n").split("\n")))


def added(name: str, key: str, parents: Collection[str]) -> bool:
    """Whether a key finds its place in a plain text: at the end, or in a mapping that has others (`parents`)."""
    if name not in _NEW or not _compiled(_NEW[name]).fullmatch(key):
        return False
    return name == "dotenv" or key.rpartition(".")[0] in parents
