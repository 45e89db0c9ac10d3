"""The one comment that a job keeps at its pull request: found again by its mark and its author, and edited in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """`at` is whatever its host needs to find it again."""

    at: str
    author: str
    text: str


class Thread(Protocol):
    """What a host has to offer. Each call may raise HostError."""

    def me(self) -> str:
        """As whom we write, as `Comment.author` says it."""

    def comments(self) -> Iterator[Comment]: ...

    def create(self, text: str) -> None: ...

    def edit(self, at: str, text: str) -> None: ...


def kept(thread: Thread, mark: str) -> Comment | None:
    """Ours, of an earlier run. One that somebody else wrote with our mark is theirs: we neither trust nor edit it."""
    me = thread.me()
    return next((one for one in thread.comments() if one.author == me and one.text.lstrip().startswith(mark)), None)


def put(thread: Thread, found: Comment | None, text: str) -> None:
    """In the place of what was found; untouched where it says so already, so that nobody gets mail about nothing."""
    write: Callable[[str], None] = thread.create if found is None else (lambda said: thread.edit(found.at, said))
    if found is None or found.text.strip() != text.strip():
        write(text)
