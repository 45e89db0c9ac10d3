"""The unit of work that writes one target: write, read back, the platform's own test. Plain values in, data out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import CheckStatus, Handshake, Status
from reconciler.model.landscape import TargetSpec
from reconciler.model.outcome import WRITTEN, Outcome, OutcomeStatus
from reconciler.model.ports import Selective, Writer
from reconciler.model.settings import Present, Reading, Value
from reconciler.pipeline import fleet, rotation
from reconciler.secrets.stores import Secrets

PATIENCE = 10.0  # seconds until what was written must be read back
TEST_FAILED = "platform-test"
_STATUS = {
    Action.CREATE: OutcomeStatus.CREATED,
    Action.UPDATE: OutcomeStatus.UPDATED,
    Action.ADOPT: OutcomeStatus.ADOPTED,
    Action.ARCHIVE: OutcomeStatus.ARCHIVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of the changes of one target; `after` is the last Reading, None when nothing was read back."""

    outcomes: tuple[Outcome, ...]
    after: Reading | None


def written(
    spec: TargetSpec,
    changes: Sequence[Change],
    secrets: Secrets,
    *,
    test: Mapping[Address, bool],
    stopped: Callable[[], bool],
    patience: float = PATIENCE,
) -> Written:
    """Carries out the changes in order. A failed one does not stop its neighbours; after `stopped` nothing starts."""
    opener = secrets.opener(spec.connection_secrets | spec.mail_secrets)
    try:
        writer = fleet.platform(spec.kind).writer(spec.unit, spec.connection, opener)
        if isinstance(writer, Selective):
            writer.about(spec.resources)
    except Exception as error:  # noqa: BLE001  # a bug in one platform must not stop the others
        finding = _finding(error, spec.unit)
        return Written(outcomes=tuple(_failed(change, finding, 0.0) for change in changes), after=None)
    outcomes: list[Outcome] = []
    after: Reading | None = None
    for change in changes:
        if stopped():
            outcomes.append(Outcome(address=change.address, status=OutcomeStatus.NOT_ATTEMPTED))
            continue
        outcome, seen = _carried_out(writer, change, test=test.get(change.address, True), patience=patience)
        outcomes.append(outcome)
        after = seen or after
    try:
        writer.close()
    except Exception as error:  # noqa: BLE001  # everything is done; what became of it is told
        fleet.bug(error, spec.unit)
    return Written(outcomes=tuple(outcomes), after=after)


def _carried_out(writer: Writer, change: Change, *, test: bool, patience: float) -> tuple[Outcome, Reading | None]:
    started = time.monotonic()
    after: Reading | None = None
    sent = False
    try:
        writer.write(change)
        sent = True
        after = _read_back(writer, change, patience)
        return _proven(writer, change, after, started, test=test), after
    except Exception as error:  # noqa: BLE001  # a bug in one platform must not stop the others
        finding = _finding(error, str(change.address))
        if sent:
            finding = replace(finding, what=f"written, but not proven: {finding.what}")
        return _failed(change, finding, time.monotonic() - started), after


def _finding(error: Exception, address: str) -> Finding:
    return error.finding(address) if isinstance(error, ReconcilerError) else fleet.bug(error, address)


def _read_back(writer: Writer, change: Change, patience: float) -> Reading:
    """Reads until the platform shows what was written, or time is up; the caller compares."""
    deadline = time.monotonic() + patience
    pause = 0.1
    while True:
        reading = writer.read()
        if not (differences(change, reading) or pending(change, reading)) or time.monotonic() + pause > deadline:
            return reading
        time.sleep(pause)
        pause = min(pause * 2, 1.0)


def differences(change: Change, reading: Reading) -> tuple[str, ...]:
    """What the platform does not show as it was written, a line each. Write-only fields cannot be compared."""
    live = reading.live(change.address.resource)
    if change.action is Action.ARCHIVE:
        gone = not isinstance(live, Present) or live.archived
        return () if gone else ("it is still in use",)
    if not isinstance(live, Present):
        return ("it is not there",)
    return tuple(
        f"{field.field} is {_shown(live.settings.get(field.field))}, not {_shown(field.after)}"
        for field in change.fields
        if not field.sensitive
        and field.field not in live.write_only
        and not rotation.same(live.settings.get(field.field), field.after)
    )


def pending(change: Change, reading: Reading) -> tuple[str, ...]:
    """Written settings that the platform has taken and does not use yet."""
    live = reading.live(change.address.resource)
    if change.action is Action.ARCHIVE or not isinstance(live, Present):
        return ()
    return tuple(field.field for field in change.fields if field.field in live.pending)


def _shown(value: Value) -> str:
    return "not set" if value is None else str(value)


def _proven(writer: Writer, change: Change, after: Reading, started: float, *, test: bool) -> Outcome:
    if different := differences(change, after):
        finding = Finding(
            severity=Severity.ERROR,
            rule="not-read-back",
            address=str(change.address),
            what=f"written, but {'; '.join(different)}",
            why="the platform accepted the request and shows something else",
            fix="look whether the platform overrides these settings, then plan again",
        )
        return _failed(change, finding, time.monotonic() - started)
    if waiting := pending(change, after):
        return Outcome(
            address=change.address,
            status=OutcomeStatus.PENDING,
            fields=tuple(field.field for field in change.fields),
            notes=(f"the platform has taken {', '.join(waiting)} and does not use the new values yet",),
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
    said = f": {check.evidence or check.reason}" if check else ""
    return Finding(
        severity=Severity.ERROR,
        rule=TEST_FAILED,
        address=str(change.address),
        what=f"written, but the platform's own test failed{said}",
        why=check.reason if check else None,
        fix=check.advice if check else None,
    )


def _failed(change: Change, error: Finding, duration: float, test: Handshake | None = None) -> Outcome:
    return Outcome(address=change.address, status=OutcomeStatus.FAILED, error=error, test=test, duration=duration)


def stands(outcome: Outcome) -> bool:
    """Whether the platform has what was planned: so it is remembered, also when its own test failed afterwards."""
    tested = outcome.error is not None and outcome.error.rule == TEST_FAILED
    known = {*WRITTEN, OutcomeStatus.UNCHANGED, OutcomeStatus.PENDING}
    return outcome.status in known or tested
