"""What keeps a planned change from being written. Pure: changes in, those that go on and other outcomes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.handshake import Handshake, Status
from reconciler.model.landscape import Paused
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.settings import Reading
from reconciler.model.text.place import place
from reconciler.pipeline.plan import stale
from reconciler.smtp.catalogue.results import ENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    kept: tuple[Change, ...]
    outcomes: tuple[Outcome, ...] = ()


def writable(changes: Iterable[Change], pauses: Callable[[str], Paused | None]) -> Sifted:
    """Without what the plan itself does not write: blocked, left to a person, paused."""
    kept: list[Change] = []
    outcomes: list[Outcome] = []
    for change in changes:
        pause = pauses(change.address.unit)
        if change.action in (Action.BLOCKED, Action.MANUAL):
            error = _why_not(change.findings)
            outcomes.append(Outcome(address=change.address, status=OutcomeStatus.NOT_ATTEMPTED, error=error))
        elif pause and change.writes:
            note = f"paused until {pause.until}: {pause.reason}"
            outcomes.append(Outcome(address=change.address, status=OutcomeStatus.SKIPPED, notes=(note,)))
        else:
            kept.append(change)
    return Sifted(kept=tuple(kept), outcomes=tuple(outcomes))


def _why_not(findings: Sequence[Finding]) -> Finding | None:
    errors = (found for found in findings if found.severity is Severity.ERROR)
    by_hand = (found for found in findings if found.holds is Holds.UNTIL_DONE_BY_HAND)
    return next(chain(errors, by_hand, findings), None)


def still_as_planned(
    changes: Iterable[Change], now: Iterable[Change], readings: Mapping[str, Reading], ours: frozenset[str]
) -> Sifted:
    """Without what is no longer as planned. `ours` are installations whose marks this run has moved itself.

    What somebody did already is kept as the change to nothing that it has become, so that it is remembered.
    """
    kept: list[Change] = []
    outcomes: list[Outcome] = []
    # a target that is another installation now has two changes under one address
    by_place = {(change.installation, change.address): change for change in now}
    for planned in changes:
        seen = by_place.get((planned.installation, planned.address))
        if planned.action is Action.RELEASED:
            kept.append(planned)
        elif not planned.writes:  # in sync and not remembered as such; if it moved, it is for the next plan
            kept += [seen] if seen is not None and seen.action is Action.NONE else []
        elif error := _lost(planned, seen, readings):
            outcomes.append(Outcome(address=planned.address, status=OutcomeStatus.NOT_ATTEMPTED, error=error))
        elif planned.action is Action.ARCHIVE and (seen is None or seen.action is Action.RELEASED):
            # out of use already, or not ours any more: only to be forgotten
            kept.append(replace(planned, action=Action.RELEASED))
        elif seen is not None and seen.action is Action.NONE:
            kept.append(seen)
            outcomes.append(Outcome(address=planned.address, status=OutcomeStatus.UNCHANGED))
        elif moved := stale.finding(planned, seen, ours_wrote=planned.installation in ours):
            outcomes.append(Outcome(address=planned.address, status=OutcomeStatus.STALE, error=moved))
        else:
            kept.append(planned)
    return Sifted(kept=tuple(kept), outcomes=tuple(outcomes))


def _lost(planned: Change, seen: Change | None, readings: Mapping[str, Reading]) -> Finding | None:
    """Why the resource cannot be looked at now: not the same as having moved."""
    reading = readings.get(planned.address.unit)
    if reading is not None and reading.unreadable:
        return reading.unreadable
    if seen is None or seen.action is not Action.BLOCKED:
        return None
    return next((found for found in seen.findings if found.severity is Severity.ERROR), None)


def proven(
    changes: Iterable[Change], handshakes: Mapping[Address, Handshake], protected: Callable[[str], bool]
) -> Sifted:
    """Without what its relay did not accept, and in `protected` environments without what was not proven to its end."""
    kept: list[Change] = []
    outcomes: list[Outcome] = []
    for change in changes:
        handshake = handshakes.get(change.address)
        error = _not_proven(change, handshake, protected) if handshake else None
        if error is None:
            kept.append(change)
            continue
        outcomes.append(Outcome(address=change.address, status=OutcomeStatus.FAILED, handshake=handshake, error=error))
    return Sifted(kept=tuple(kept), outcomes=tuple(outcomes))


def unproven(handshake: Handshake) -> str | None:
    """Why a handshake that is no failure has proven nothing: verify.checks changes what a check counts as, no more."""
    if handshake.reached:
        return None
    ending = (one for one in handshake.checks if one.usual in ENDING and one.status not in ENDING)
    lowered = (f"{one.id} ended the handshake, and counts as {one.status} by verify.checks" for one in ending)
    return next(lowered, f"it ended before {handshake.level}")


def _not_proven(change: Change, handshake: Handshake, protected: Callable[[str], bool]) -> Finding | None:
    relay = place(handshake.host, handshake.port)
    fix = "fix what the check reports, then apply again"
    if handshake.status in (Status.FAIL, Status.INCONCLUSIVE):
        verdict = "failed" if handshake.status is Status.FAIL else "was inconclusive"
        what = f"the handshake with {relay} {verdict}"
    elif protected(change.address.environment) and (lack := unproven(handshake)):
        what = f"the handshake with {relay} proved nothing: {lack}"
        fix = "fix what the check reports, and remove it from verify.checks"
    else:
        return None
    return Finding(
        severity=Severity.ERROR,
        rule="handshake",
        address=str(change.address),
        what=f"not written: {what}",
        why="mail would stop if this relay refuses us",
        fix=fix,
    )
