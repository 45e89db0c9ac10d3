"""Carries out a plan, stage by stage: lock, read again, handshakes, write, read back, remember.

Does exactly what the plan says: a fresh comparison that differs from it is stale and is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import groupby
from time import monotonic

from reconciler.errors import LockedError, StateError
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Handshake, Relay, Status
from reconciler.model.landscape import Landscape, TargetSpec
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.plan import Plan, Stage
from reconciler.model.ports import State
from reconciler.model.settings import Applied, Desired, Reading
from reconciler.pipeline import fleet, plan, record, relays, rotation, stale, unit, verify, versions
from reconciler.secrets.stores import Secrets

_GRACE = 30.0  # seconds that writes in flight get after the first Ctrl-C
_FINE = frozenset(
    {
        OutcomeStatus.CREATED,
        OutcomeStatus.UPDATED,
        OutcomeStatus.ADOPTED,
        OutcomeStatus.ARCHIVED,
        OutcomeStatus.RELEASED,
        OutcomeStatus.UNCHANGED,
        OutcomeStatus.SKIPPED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything an apply needs beside its plan. `today` is YYYY-MM-DD; `stopped` turns true at the first Ctrl-C."""

    landscape: Landscape
    secrets: Secrets
    state: State
    stamp: record.Stamp
    owner: str
    today: str
    stopped: Callable[[], bool] = lambda: False
    workers: int = fleet.WORKERS


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshakes:
    results: tuple[Handshake, ...]


Event = StageStarted | Handshakes | Outcome


@dataclass(slots=True, kw_only=True)
class _Stage:
    """One stage on its way; the lists shrink and grow as resources drop out."""

    changes: list[Change]
    outcomes: list[Outcome] = field(default_factory=list)

    def drop(self, change: Change, status: OutcomeStatus, error: Finding | None = None, **more: object) -> Outcome:
        self.changes.remove(change)
        outcome = replace(Outcome(address=change.address, status=status, error=error), **more)  # type: ignore[arg-type]
        self.outcomes.append(outcome)
        return outcome


def run(todo: Plan, job: Job) -> Iterator[Event]:
    """Yields what happens as it happens; every change of the plan that is to be written gets one Outcome."""
    ours: set[str] = set()  # installations that this run has written: their marks moved through us
    failed = False
    known = _applied(job, {change.installation for change in todo.changes})
    for stages in _in_order(todo.stages):
        names = tuple(stage.name for stage in stages)
        changes = [change for change in todo.changes if change.address.environment in names]
        work = _Stage(changes=[change for change in changes if _concerns(change, job, known)])
        if not any(change.action is not Action.NONE for change in work.changes):
            if not failed and not job.stopped() and work.changes:
                yield from _carried_out(work, job, ours, quiet=True)
            continue
        yield StageStarted(names=names)
        if failed or job.stopped():
            for change in list(work.changes):
                if change.action is not Action.NONE:
                    yield work.drop(change, OutcomeStatus.NOT_ATTEMPTED, _earlier(change) if failed else None)
            continue
        for event in _carried_out(work, job, ours):
            failed = failed or (isinstance(event, Outcome) and event.status not in _FINE)
            yield event


def _concerns(change: Change, job: Job, known: plan.AppliedBy) -> bool:
    """Everything but what is in sync and remembered as such."""
    if change.action is not Action.NONE:
        return True
    wanted = job.landscape.by_address.get(change.address)
    last = known.get((change.installation, change.address.resource))
    return wanted is not None and not record.up_to_date(last, wanted)


def _carried_out(work: _Stage, job: Job, ours: set[str], *, quiet: bool = False) -> Iterator[Event]:
    with ExitStack() as locks:
        yield from _locked(work, job, locks)
        yield from _refused(work, job)
        specs = fleet.specs(job.landscape, {change.address.unit for change in work.changes})
        readings = fleet.readings(specs, job.secrets, workers=job.workers)
        desired = {one.address: one for one in job.landscape.desired if one.address.unit in readings}
        now = versions.of(versions.references(desired.values()), job.secrets)
        known = _applied(job, {change.installation for change in work.changes})
        fresh = {change.address: change for change in plan.between(job.landscape.desired, readings, known, now)}
        yield from _stale(work, fresh, ours)
        proven = dict(_handshakes(work, desired, job))
        if proven:
            yield Handshakes(results=tuple(dict.fromkeys(proven.values())))
        yield from _unproven(work, proven)
        context = _Context(desired=desired, readings=readings, known=known, versions=now, proven=proven)
        for outcome in _writes(work, specs, context, job):
            if not quiet:
                yield outcome
        ours.update(change.installation for change in work.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    desired: Mapping[Address, Desired]
    readings: Mapping[str, Reading]
    known: plan.AppliedBy
    versions: rotation.Versions
    proven: Mapping[Address, Handshake]


def _locked(work: _Stage, job: Job, locks: ExitStack) -> Iterator[Outcome]:
    for installation in sorted({change.installation for change in work.changes}):
        try:
            locks.enter_context(job.state.lock(installation, job.owner))
        except (LockedError, StateError) as error:
            for change in [change for change in work.changes if change.installation == installation]:
                yield work.drop(change, OutcomeStatus.NOT_ATTEMPTED, error.finding(str(change.address)))


def _refused(work: _Stage, job: Job) -> Iterator[Outcome]:
    """What the plan itself does not write."""
    paused = job.landscape.paused
    for change in list(work.changes):
        pause = paused.get(change.address.unit)
        if change.action in (Action.BLOCKED, Action.MANUAL):
            yield work.drop(change, OutcomeStatus.NOT_ATTEMPTED, next(iter(change.findings), None))
        elif pause and pause.until >= job.today and change.writes:
            note = f"paused until {pause.until}: {pause.reason}"
            yield work.drop(change, OutcomeStatus.SKIPPED, notes=(note,))


def _stale(work: _Stage, fresh: Mapping[Address, Change], ours: set[str]) -> Iterator[Outcome]:
    for planned in list(work.changes):
        now = fresh.get(planned.address)
        if planned.action is Action.RELEASED:
            continue
        if planned.writes and now is not None and now.action is Action.NONE:
            work.changes.remove(planned)
            work.changes.append(now)  # somebody did it already: nothing to write, but worth remembering
            yield Outcome(address=planned.address, status=OutcomeStatus.UNCHANGED)
        elif moved := stale.finding(planned, now, ours_wrote=planned.installation in ours):
            yield work.drop(planned, OutcomeStatus.STALE, moved)


def _handshakes(work: _Stage, desired: Mapping[Address, Desired], job: Job) -> Iterator[tuple[Address, Handshake]]:
    wanted: dict[Address, Relay] = {}
    for change in work.changes:
        one = desired.get(change.address)
        if one is None or not change.writes or change.action is Action.ARCHIVE:
            continue
        relay = relays.relay(one.handshake, one.relay)
        if relay and one.handshake.get("verify.from", "here") == "here":
            wanted[change.address] = relay
    if not wanted:
        return
    refs = {relay.password for relay in wanted.values() if relay.password}
    results = verify.handshakes(list(wanted.values()), job.secrets.opener(refs), job.landscape.policy)
    for address, relay in wanted.items():
        yield address, results[relay]


def _unproven(work: _Stage, proven: Mapping[Address, Handshake]) -> Iterator[Outcome]:
    for change in list(work.changes):
        handshake = proven.get(change.address)
        if handshake and handshake.status in (Status.FAIL, Status.INCONCLUSIVE):
            word = "failed" if handshake.status is Status.FAIL else "was inconclusive"
            finding = Finding(
                severity=Severity.ERROR,
                rule="handshake",
                address=str(change.address),
                what=f"not written: the handshake with {handshake.host}:{handshake.port} {word}",
                why="a setting that the relay does not accept would stop mail",
                fix="see the check above; then apply again",
            )
            yield work.drop(change, OutcomeStatus.FAILED, finding, handshake=handshake)


def _writes(work: _Stage, specs: Sequence[TargetSpec], context: _Context, job: Job) -> Iterator[Outcome]:
    """Installations side by side; yields each target's outcomes when it is done."""
    groups = fleet.by_installation(specs)
    pool = ThreadPoolExecutor(max_workers=max(1, min(job.workers, len(groups))))
    pending: dict[Future[list[unit.Written]], list[TargetSpec]] = {}
    for installation in sorted({change.installation for change in work.changes}):
        group = groups.get(installation, [])
        pending[pool.submit(_installation, group, work.changes, context, job)] = group
        _forget_released(installation, work, job) if not group else None
    deadline: float | None = None
    while pending and (deadline is None or monotonic() < deadline):
        done, _ = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
        for future in done:
            group = pending.pop(future)
            for spec, result in zip(group, future.result(), strict=True):
                yield from _remembered(spec, result, work, context, job)
        if deadline is None and job.stopped():
            deadline = monotonic() + _GRACE
    pool.shutdown(wait=not pending, cancel_futures=True)
    for group in pending.values():
        units = {spec.unit for spec in group}
        for change in work.changes:
            if change.address.unit in units and change.writes:
                yield Outcome(address=change.address, status=OutcomeStatus.UNKNOWN)


def _installation(
    group: Sequence[TargetSpec], changes: Sequence[Change], context: _Context, job: Job
) -> list[unit.Written]:
    results = []
    for spec in group:
        mine = [change for change in changes if change.address.unit == spec.unit and change.writes]
        test = {
            change.address: context.desired[change.address].handshake.get("verify.platform_test") is not False
            for change in mine
            if change.address in context.desired
        }
        results.append(
            unit.written(spec, mine, job.secrets, test=test, stopped=job.stopped)
            if mine
            else unit.Written(outcomes=(), after=None)
        )
    return results


def _remembered(spec: TargetSpec, result: unit.Written, work: _Stage, context: _Context, job: Job) -> Iterator[Outcome]:
    """Saves what succeeded before it tells, so that nobody hears of what is not remembered."""
    good = {outcome.address for outcome in result.outcomes if unit.succeeded(outcome)}
    mine = [change for change in work.changes if change.address.unit == spec.unit]
    done = [change for change in mine if change.address in good or not change.writes]
    before = context.readings[spec.unit]
    after = replace(result.after, installation=spec.installation) if result.after else before
    problem: Finding | None = None
    if done:
        try:
            _save(spec.installation, done, context, (before, after), job)
        except StateError as error:
            problem = error.finding(spec.unit)
    for change in done:
        if change.action is Action.RELEASED:
            yield Outcome(address=change.address, status=OutcomeStatus.RELEASED)
    for outcome in result.outcomes:
        known = replace(outcome, handshake=context.proven.get(outcome.address))
        if problem and outcome.address in good:
            yield replace(known, status=OutcomeStatus.FAILED, error=problem)
        else:
            yield known


def _save(
    installation: str, done: Sequence[Change], context: _Context, readings: tuple[Reading, Reading], job: Job
) -> None:
    entries = job.state.load([installation]).get(installation, ())
    desired = {one.address.resource: one for one in context.desired.values() if one.installation == installation}
    job.state.save(installation, record.entries(entries, done, desired, readings, context.versions, job.stamp))


def _forget_released(installation: str, work: _Stage, job: Job) -> None:
    """The target left the files: nothing to read or write, only to forget."""
    gone = {change.address.resource for change in work.changes if change.installation == installation}
    entries = job.state.load([installation]).get(installation, ())
    job.state.save(installation, [entry for entry in entries if entry.address.resource not in gone])


def _applied(job: Job, installations: set[str]) -> plan.AppliedBy:
    return by_resource(job.state.load(sorted(installations)))


def by_resource(loaded: Mapping[str, Sequence[Applied]]) -> plan.AppliedBy:
    return {(entry.installation, entry.address.resource): entry for entries in loaded.values() for entry in entries}


def _in_order(stages: Sequence[Stage]) -> Iterator[tuple[Stage, ...]]:
    ordered = sorted(stages, key=lambda stage: (stage.order, stage.name))
    for _, group in groupby(ordered, key=lambda stage: stage.order):
        yield tuple(group)


def _earlier(change: Change) -> Finding:
    return Finding(
        severity=Severity.NOTE,
        rule="earlier-stage",
        address=str(change.address),
        what="an earlier stage did not end well",
        why="a stage is the test of the next one",
    )
