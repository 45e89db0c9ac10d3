"""What a resource is at, in one word, a sign and a colour; the worst first."""

from __future__ import annotations

from enum import Enum

from reconciler.model.change import Action, Cause, Change
from reconciler.views.html.markup import Html, element
from reconciler.views.plans import drift


class State(Enum):
    """`kind` is its colour (`html.pieces.mark`); `sign` says it without one."""

    FAILED = ("failed", "×", "fail")
    UNREAD = ("not readable", "?", "inconclusive")
    BLOCKED = ("blocked", "!", "warn")
    DRIFT = ("drifted", "≠", "drift")
    BY_HAND = ("by hand", "!", "warn")
    CHANGE = ("to apply", "~", "change")
    RELEASED = ("released", "-", "skipped")
    EQUAL = ("in sync", "✓", "ok")

    def __init__(self, word: str, sign: str, kind: str) -> None:
        self.word, self.sign, self.kind = word, sign, kind
        self.rank = len(type(self).__members__)


def of(change: Change, *, failed: bool = False) -> State:
    """`failed`: the last apply could not write it."""
    if change.unreadable:
        return State.UNREAD
    if failed and change.differs:
        return State.FAILED
    if change.action is Action.BLOCKED:
        return State.BLOCKED
    if change.action is Action.MANUAL or (change.guided and change.differs):
        return State.BY_HAND
    if moved_outside(change):
        return State.DRIFT
    if change.action is Action.RELEASED:
        return State.RELEASED
    return State.EQUAL if change.action is Action.NONE else State.CHANGE


def moved_outside(change: Change) -> bool:
    """Somebody changed it on the platform."""
    if change.action is Action.CREATE:
        return change.applied_run is not None  # it was there
    return change.action is Action.UPDATE and drift.cause(change) in (Cause.PLATFORM, Cause.BOTH)


def badge(state: State, more: str = "") -> Html:
    return shown(state.word + more, state.sign, state.kind)


def shown(word: str, sign: str, kind: str) -> Html:
    """A status; never colour alone."""
    return element("span", element("span", sign, aria_hidden="true"), f" {word}", class_=f"mark {kind}")
