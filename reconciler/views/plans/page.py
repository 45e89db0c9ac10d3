"""What a comment is written on: how many bytes it may have, and where a place in the files can be looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from reconciler.model.source import Position
from reconciler.views.markdown import code

LIMIT = 65_536  # bytes: of a comment on GitHub, and where nobody says where it goes
Link = Callable[[Position], str | None]
_URL = re.compile(r"https?://[\w.:/@%?&=#~+,-]+", re.ASCII)
T = TypeVar("T")
Block = Sequence[str]  # lines that stand together


def nowhere(_: Position) -> None:
    """No place can be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`link` gives the address of a place in the files, where there is one."""

    limit: int
    link: Link

    def place(self, where: Position, shown: str | None = None) -> str:
        """As code, and as a link where it can be one."""
        return self.linked(code(shown or f"{where.file}:{where.line}"), where)

    def linked(self, label: str, where: Position) -> str:
        """`label` is Markdown. An address with a sign that could end the link is none."""
        url = self.link(where)
        return f"[{label}]({url})" if url and _URL.fullmatch(url) else label


@dataclass(slots=True, kw_only=True)
class Room:
    """What is left of a limit, in bytes. What does not fit is counted, and nothing after it is tried."""

    left: int
    missing: int = field(default=0, init=False)

    def half(self) -> Room:
        """Room for what comes first, so that it leaves some for what comes after it."""
        part = Room(left=self.left // 2)
        self.left -= part.left
        return part

    def give_back(self, part: Room) -> None:
        self.left += part.left

    def fill(self, things: Sequence[T], shown: Callable[[T], Block], *, between: int = 2) -> list[Block]:
        """Those that fit as they are `shown`, in their order; `between` is how many bytes are between two."""
        taken: list[Block] = []
        for at, thing in enumerate(things):
            block = shown(thing)
            if (needed := size(block) + between) > self.left:
                self.missing += len(things) - at
                break
            self.left -= needed
            taken.append(block)
        return taken


def size(block: Block) -> int:
    return len("\n".join(block).encode())
