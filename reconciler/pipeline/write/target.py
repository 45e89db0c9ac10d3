"""The unit of work that writes one target: write, read back, the platform's own test, and back again when they fail.

Plain values in, data out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import CheckStatus, Handshake, Policy, Status
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.ports import Permit, Writer
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Present, Reading
from reconciler.model.work.writes import TargetWrites, Written
from reconciler.pipeline import guard
from reconciler.pipeline.observe import targets
from reconciler.pipeline.unfinished import effect
from reconciler.pipeline.write import proven_secrets, readback, restore, together
from reconciler.secrets.stores import Secrets

_STATUS = {
    Action.CREATE: OutcomeStatus.CREATED,
    Action.UPDATE: OutcomeStatus.UPDATED,
    Action.ADOPT: OutcomeStatus.ADOPTED,
    Action.ARCHIVE: OutcomeStatus.ARCHIVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    outcome: Outcome
    took_effect: bool = False
    after: Reading | None = None
    overwritten: tuple[FieldChange, ...] = ()
    unproven: bool = False


def written(target: TargetWrites, secrets: Secrets, permit: Permit, *, patience: float, policy: Policy) -> Written:
    """Carries out the changes in order, those that take something out of use last.

    A failed one does not stop its neighbours; nothing starts once the permit is gone. What the platform does not show,
    or what fails its own test, becomes again as it was `before`. `patience` is how many seconds a write may take to be
    read back; `policy` is for the handshake that an earlier secret has to pass.
    """
    spec, changes = target.spec, target.changes
    try:
        platform = guard.platform(spec.kind)
        opener = targets.opener(spec, secrets, spec.mail_secrets, proven_secrets.refs(target.known))
        writer = platform.writer(spec.unit, spec.connection, opener)
        targets.told(writer, spec)
    except Exception as error:  # noqa: BLE001  # a bug in one platform must not stop the others
        finding = guard.as_finding(error, spec.unit)
        return Written(outcomes=tuple(_failed(change, finding, 0.0) for change in changes), after=None)
    outcomes: list[Outcome] = []
    after: Reading | None = None
    took_effect: set[Address] = set()
    overwritten: dict[Resource, tuple[FieldChange, ...]] = {}
    unproven: list[Change] = []
    way = _Way(target=target, permit=permit, patience=patience, earlier=proven_secrets.Earlier(target, secrets, policy))
    ordered = sorted(changes, key=lambda change: _takes_away(change, platform.in_use))
    writer = writer if permit.stopped() or permit.held() else together.once(writer, ordered)
    for change in ordered:
        lost = None if isinstance(writer, together.Once) else permit.held()  # which has written it already
        if lost or (permit.stopped() and not isinstance(writer, together.Once)):
            outcomes.append(Outcome(address=change.address, status=OutcomeStatus.NOT_ATTEMPTED, error=lost))
            continue
        done = _carried_out(writer, change, way, test=change.address not in target.untested)
        outcomes.append(done.outcome)
        after = done.after or after
        took_effect |= {change.address} if done.took_effect else set()
        overwritten |= {change.address.resource: done.overwritten} if done.overwritten else {}
        unproven += [change] if done.unproven else []
    try:
        writer.close()
    except Exception as error:  # noqa: BLE001  # everything is done; what became of it is told
        guard.as_finding(error, spec.unit)
    return Written(
        outcomes=tuple(outcomes),
        after=after,
        took_effect=frozenset(took_effect),
        overwritten=overwritten,
        unproven=tuple(unproven),
    )


def _takes_away(change: Change, in_use: str | None) -> bool:
    """Written last, so that what comes instead is in use before. `in_use` is the setting that says so."""
    return change.action is Action.ARCHIVE or any(one.field == in_use and one.after is False for one in change.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """What a way back needs; there is none where nobody has read what there was before, or where we may not write any
    more: somebody else may be at it."""

    target: TargetWrites
    permit: Permit
    patience: float
    earlier: proven_secrets.Earlier

    def back(self, change: Change, now: Reading | None) -> Change | None:
        """The change to what was there; None where nothing can be done."""
        if self.target.before is None or now is None or self.permit.held():
            return None
        found = restore.previous_settings(change, self.target.before)
        back = restore.earlier(change, found, now=now.live(change.address.resource))
        if back is not None:
            back = self.earlier.with_secrets(back, change, found)
        return back if back is not None and back.writes else None


def _carried_out(writer: Writer, change: Change, way: _Way, *, test: bool) -> _Done:
    started = time.monotonic()
    after: Reading | None = None
    sent = False
    try:
        writer.write(change)
        sent = True
        after = readback.shown(writer, change, way.patience)
        done = _proven(writer, change, after, started, test=test)
        back = way.back(change, done.after) if done.outcome.error else None
        return _taken_back(writer, change, back, done, way.patience) if back else _kept(change, done)
    except Exception as error:  # noqa: BLE001  # a bug in one platform must not stop the others
        finding = guard.as_finding(error, str(change.address))
        if sent:
            finding = replace(finding, what=f"written, but not proven: {finding.what}")
        failed = _failed(change, finding, time.monotonic() - started)
        done = _Done(outcome=failed, after=after, overwritten=_secrets(change) if sent else (), unproven=sent)
        return _uncreated(writer, change, way, done) if change.action is Action.CREATE else done


def _kept(change: Change, done: _Done) -> _Done:
    """What there is no way back from is remembered; what an earlier run could not prove stays unproven."""
    again = any(field.kind is FieldKind.AGAIN for field in change.fields)
    return replace(done, took_effect=False, unproven=True) if done.outcome.error and again else done


def _uncreated(writer: Writer, change: Change, way: _Way, done: _Done) -> _Done:
    """What this run has created goes out of use again, whatever broke it off."""
    try:
        now = writer.read()
        live = now.live(change.address.resource)
        back = way.back(change, now) if isinstance(live, Present) and not live.archived else None
    except Exception as error:  # noqa: BLE001  # the first failure is what must be told
        guard.as_finding(error, str(change.address))
        return done
    return _taken_back(writer, change, back, replace(done, after=now), way.patience) if back else done


def _taken_back(writer: Writer, change: Change, back: Change, done: _Done, patience: float) -> _Done:
    """After the earlier settings were written; the Outcome says what could not be brought back."""
    started, after, failed = time.monotonic(), done.after, done.outcome.error
    if failed is None:
        return done
    try:
        writer.write(back)
        after = readback.shown(writer, back, patience)
        wrong = effect.differences(back, after)
    except Exception as error:  # noqa: BLE001  # the first failure is what must be told
        wrong = (guard.as_finding(error, str(back.address)).what,)
    outcome = replace(done.outcome, duration=done.outcome.duration + time.monotonic() - started)
    if wrong:
        what = f"{failed.what}; its earlier settings could not be restored: {'; '.join(wrong)}"
        outcome = replace(outcome, error=replace(failed, rule="not-restored", what=what))
        return _Done(outcome=outcome, after=after, overwritten=_secrets(change), unproven=True)
    if lost := [finding.field or "" for finding in back.findings if finding.severity is Severity.ERROR]:
        what = f"{failed.what}; its earlier settings are back, but not {', '.join(lost)}"
        outcome = replace(outcome, error=replace(failed, rule=restore.NOT_RESTORED, what=what))
    else:
        names = tuple(field.field for field in back.fields)
        outcome = replace(outcome, status=OutcomeStatus.RESTORED, fields=names)
    kept = tuple(field for field in _secrets(change) if field.field in lost)
    return _Done(outcome=outcome, after=after, overwritten=kept)


def _secrets(change: Change) -> tuple[FieldChange, ...]:
    return tuple(field for field in change.fields if isinstance(field.after, SecretRef))


def _proven(writer: Writer, change: Change, after: Reading, started: float, *, test: bool) -> _Done:
    if different := effect.differences(change, after):
        finding = Finding(
            severity=Severity.ERROR,
            rule="not-read-back",
            address=str(change.address),
            what=f"written, but {'; '.join(different)}",
            why="the platform accepted the request but reports another value",
            fix="check whether something on the platform overrides these settings, then plan again",
        )
        failed = _failed(change, finding, time.monotonic() - started)
        return _Done(outcome=failed, after=after, overwritten=_secrets(change))
    return _Done(outcome=_tried(writer, change, after, started, test=test), took_effect=True, after=after)


def _tried(writer: Writer, change: Change, after: Reading, started: float, *, test: bool) -> Outcome:
    """What the platform's own test says of a change that took effect."""
    if waiting := readback.pending(change, after):
        by_hand = readback.by_hand(change, after)
        return Outcome(
            address=change.address,
            status=OutcomeStatus.PENDING_BY_HAND if by_hand else OutcomeStatus.PENDING,
            fields=tuple(field.field for field in change.fields),
            notes=(
                f"the platform accepted {', '.join(waiting)} but does not use the new values yet",
                *((f"to do: {by_hand}, then: reconciler attest {change.address}",) if by_hand else ()),
            ),
            duration=time.monotonic() - started,
        )
    tested = writer.test(change.address.resource) if test and change.action is not Action.ARCHIVE else None
    if tested and tested.status is Status.FAIL:
        return _failed(change, _test_failed(change, tested), time.monotonic() - started, tested)
    return Outcome(
        address=change.address,
        status=_STATUS[change.action],
        fields=tuple(field.field for field in change.fields),
        test=tested,
        duration=time.monotonic() - started,
    )


def _test_failed(change: Change, tested: Handshake) -> Finding:
    check = next((one for one in tested.checks if one.status is CheckStatus.FAIL), None)
    said = f": {check.evidence or check.told}" if check else ""
    return Finding(
        severity=Severity.ERROR,
        rule="platform-test",
        address=str(change.address),
        what=f"written, but the platform's own test failed{said}",
        why=check.told if check else None,
        fix=check.advice if check else None,
    )


def _failed(change: Change, error: Finding, duration: float, test: Handshake | None = None) -> Outcome:
    return Outcome(address=change.address, status=OutcomeStatus.FAILED, error=error, test=test, duration=duration)
