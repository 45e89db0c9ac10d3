"""What the text formats share: their values, their two failures, and what a format must offer. Never names a value."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol, TypeVar, cast

from reconciler.model.text.scalar import Scalar

LINE_END = re.compile(r"\r\n|\n|\r")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?")
_T = TypeVar("_T", bound=Callable[..., object])


class TextProblem(Exception):
    """`line` counts from 1. Texts name keys and lines, never values: a value may be a secret.

    `key` is given where `of_value` would be true of any key; `what` is the same with its name.
    """

    def __init__(self, of_value: str, *, fix: str, line: int | None = None, key: str | None = None) -> None:
        self.what = f"{key}: {of_value}" if key else of_value
        super().__init__(self.what)
        self.of_value, self.fix, self.line = of_value, fix, line


class Broken(TextProblem):
    """The text is not what its format says."""


class Unwritable(TextProblem):
    """The text is fine, but this key cannot be changed in it without changing something else."""


class Format(Protocol):
    """A module: reads all keys of a text, and changes some of them in place. `reader` is a row of `readers`."""

    def entries(self, text: str, reader: str = ...) -> Sequence[tuple[str, Scalar | None]]:
        """Every key with its value, in the order of the text; a key that is there twice comes twice."""
        ...

    def changed(self, text: str, changes: Mapping[str, Scalar | None], reader: str = ...) -> str:
        """The text with these values; None takes the key out. All else keeps its bytes."""
        ...

    def variables(self, text: str, reader: str = ...) -> frozenset[str]:
        """The keys in whose value the reader replaces something before, or while, it parses the text."""
        ...


class _Kept(threading.local):
    """What this thread has parsed: others are at other files."""

    def __init__(self) -> None:
        self.caches: dict[Callable[..., object], Callable[..., object]] = {}


_kept = _Kept()


def kept(parse: _T) -> _T:
    """One text is asked about many times in a row, and a run has thousands of them: the last few stay parsed."""

    def found(*of: str) -> object:
        if (cached := _kept.caches.get(parse)) is None:
            cached = _kept.caches[parse] = lru_cache(maxsize=8)(parse)
        return cached(*of)

    return cast(_T, found)


def forget() -> None:
    """Keeps no text of this thread any more: there may be passwords in it."""
    _kept.caches.clear()


def line_end(text: str) -> str:
    """How the lines of a text end: as its first one does."""
    match = LINE_END.search(text)
    return match.group() if match else "\n"


def defined_twice(key: str) -> Unwritable:
    return Unwritable(f"{key} is defined twice", fix=f"remove the {key} that the application does not use")


def lines(text: str) -> list[str]:
    """With their line ends, of which there are three; `str.splitlines` knows ten."""
    return [line for line in _LINE.findall(text) if line]
