"""What the cases say when a promise is broken: to somebody who wrote a platform and did not write this suite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.model.change import Action, Change
from reconciler.model.outcome import WRITTEN, Outcome, OutcomeStatus
from reconciler.model.plan import Plan

WELL = WRITTEN | {
    OutcomeStatus.PENDING,
    OutcomeStatus.PENDING_BY_HAND,
    OutcomeStatus.UNCHANGED,
    OutcomeStatus.RELEASED,
}


def expect(holds: bool, message: str) -> None:
    """An assert that `python -O` keeps. Raises AssertionError."""
    __tracebackhide__ = True  # pytest then shows the line of the case
    if not holds:
        raise AssertionError(message)


def complete(todo: Plan, when: str) -> None:
    """The plan could read everything."""
    blocked = (change for change in todo.changes if change.action is Action.BLOCKED)
    told = [*(one for change in blocked for one in change.findings), *todo.findings]
    reasons = "; ".join(f"{one.rule}: {one.what}" for one in told)
    expect(todo.complete, f"{when}, the platform could not be read: {reasons or 'no reason given'}")


def in_sync(todo: Plan, when: str) -> None:
    complete(todo, when)
    left = [change for change in todo.changes if change.action is not Action.NONE]
    expect(
        not left,
        f"{when}, the next plan still has: {changes(left)}. "
        "The reader must show what the writer wrote, in the form that `normalised` gives to declared values, "
        "with a marker that only a change moves",
    )


def succeeded(outcomes: Sequence[Outcome], when: str) -> None:
    bad = [one for one in outcomes if one.status not in WELL]
    expect(not bad, f"{when}, not every resource succeeded: {ended(bad)}")


def changes(some: Iterable[Change]) -> str:
    """Fields, not values: one may be a secret."""
    return "; ".join(
        f"{change.action} {change.address.resource}"
        + (f" ({', '.join(field.field for field in change.fields)})" if change.fields else "")
        + "".join(f" [{finding.rule}: {finding.what}]" for finding in change.findings)
        for change in some
    )


def ended(outcomes: Iterable[Outcome]) -> str:
    return "; ".join(
        f"{one.address.resource} was {one.status}" + (f": {one.error.what}" if one.error else "") for one in outcomes
    )
