"""One issue for each target that drifted: opened, kept up to date in place, and closed when the drift is gone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

MARK = "<!-- reconciler:drift "
_LINE = re.compile(re.escape(MARK) + r"(\S{1,400}) -->")
_GONE = "The platform is as git declares it again."
_UNDECLARED = "This target is no longer declared."
MOST = 20  # that one run opens: whatever moved hundreds of targets at once is no matter for hundreds of issues


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An open issue; `at` is whatever its host needs to find it again, `url` where people look at it."""

    at: str
    author: str
    title: str
    text: str
    url: str


class Tracker(Protocol):
    """What a host has to offer. Each call may raise HostError."""

    def me(self) -> str:
        """As whom we write, as `Ticket.author` says it."""

    def tickets(self) -> Iterator[Ticket]:
        """The open ones, the oldest first."""

    def create(self, title: str, text: str) -> str:
        """Its address for people."""

    def edit(self, at: str, title: str, text: str) -> None: ...

    def close(self, at: str, remark: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an issue has to say; the first line of `text` is that of `mark`."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of issues: names of targets. `urls` are those that are open now; `waiting` have none yet."""

    opened: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    urls: tuple[tuple[str, str], ...] = ()


def mark(target: str) -> str:
    """The line that people do not see, by which the issue of a target is found again."""
    return f"{MARK}{target} -->"


def settle(
    tracker: Tracker, drafts: Mapping[str, Draft], *, in_sync: Collection[str], declared: Collection[str] | None
) -> Settled:
    """Makes the issues say what drifted. `drafts` are by target.

    Closed are those of targets that were read and are `in_sync`, and of targets that are not `declared` any more (None:
    not all of them are known here). What could not be read stays as it is. Raises HostError.
    """
    ours = _ours(tracker)
    fresh = [target for target in drafts if target not in ours]
    updated = [target for target in drafts if target in ours and _updated(tracker, ours[target], drafts[target])]
    urls = {target: ours[target].url for target in drafts if target in ours}
    urls |= {target: tracker.create(drafts[target].title, drafts[target].text) for target in fresh[:MOST]}
    closed = []
    for target in ours.keys() - drafts.keys():
        if remark := _remark(target, in_sync, declared):
            tracker.close(ours[target].at, remark)
            closed.append(target)
    return Settled(
        opened=tuple(fresh[:MOST]),
        updated=tuple(updated),
        closed=tuple(sorted(closed)),
        waiting=tuple(fresh[MOST:]),
        urls=tuple(urls.items()),
    )


def _updated(tracker: Tracker, ticket: Ticket, draft: Draft) -> bool:
    """Untouched where it says so already, so that nobody gets mail about nothing."""
    if (ticket.title, ticket.text.strip()) == (draft.title, draft.text.strip()):
        return False
    tracker.edit(ticket.at, draft.title, draft.text)
    return True


def _ours(tracker: Tracker) -> dict[str, Ticket]:
    """By target. One that somebody else opened with our mark is theirs: we neither trust, edit nor close it."""
    me = tracker.me()
    found: dict[str, Ticket] = {}
    for ticket in tracker.tickets():
        line = _LINE.match(ticket.text.lstrip())
        if line and ticket.author == me:
            found.setdefault(line[1], ticket)
    return found


def _remark(target: str, in_sync: Collection[str], declared: Collection[str] | None) -> str | None:
    """Why the issue of a target can be closed; None where nobody knows that it can."""
    if declared is not None and target not in declared:
        return _UNDECLARED
    return _GONE if target in in_sync else None
