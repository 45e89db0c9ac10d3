"""Carries out a plan, stage by stage: read again, handshakes, write, read back, remember. All under one lease.

Does exactly what the plan says: a fresh comparison that differs from it is stale and is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from reconciler.errors import Interrupted, StateError
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import CheckStatus, Handshake, Relay
from reconciler.model.landscape import Landscape
from reconciler.model.outcome import SETTLED, WRITTEN, Outcome, OutcomeStatus
from reconciler.model.plan import Plan, Stage
from reconciler.model.ports import Hearing, Proving
from reconciler.model.runs.recovery import Recovered
from reconciler.model.settings import Applied
from reconciler.pipeline.apply import foreseen, gates, leased, record, soak, stage_writes, waves
from reconciler.pipeline.apply.job import Job
from reconciler.pipeline.observe import observe, relocated
from reconciler.pipeline.observe.observe import AppliedBy, Observed
from reconciler.pipeline.plan import compare, risks
from reconciler.pipeline.verify import as_platform

_WELL = frozenset({CheckStatus.PASS, CheckStatus.INFO, CheckStatus.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshakes:
    results: tuple[Handshake, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaking:
    """What was written is watched for so many seconds, before the next wave."""

    seconds: float


_STANDS = WRITTEN | {OutcomeStatus.PENDING, OutcomeStatus.PENDING_BY_HAND}
Event = StageStarted | Handshakes | Soaking | Recovered | Outcome


def run(todo: Plan, job: Job) -> Iterator[Event]:
    """Yields what happens as it happens; every change that is to be written gets one Outcome.

    What runs that were cut off left is settled first. A stage that does not end well stops those after it, not its own
    resources. InvalidError, before anybody is contacted, for a risk of the plan that the job does not allow; StateError
    when the state cannot be read.
    """
    risks.check(todo, job.allow)
    if refused := foreseen.refusals(_writable(todo.changes, job), job):
        yield from _none_written(todo.changes, refused)
        return
    known = observe.by_resource(_remembered(sorted({change.installation for change in todo.changes}), job))
    concerned = [change for change in todo.changes if _concerns(change, job, known)]
    with leased.leased(todo, _writable(concerned, job), job) as held:
        yield from held.recovered
        for event in _staged(todo, concerned, held):
            if isinstance(event, Outcome):
                held.outcomes.append(event)
            yield event


def _writable(changes: Sequence[Change], job: Job) -> Sequence[Change]:
    return gates.writable(changes, lambda unit: job.landscape.pause(unit, job.today)).kept


def _staged(todo: Plan, concerned: Sequence[Change], held: leased.Leased) -> Iterator[Event]:
    stages, last = tuple(_in_order(todo.stages)), held.job.waves.stop_after
    chosen = waves.chosen(stages, last)
    going = _Going(held=held, todo=todo)
    for names in stages:
        mine = [change for change in concerned if change.address.environment in names]
        visible = [change for change in mine if change.action is not Action.NONE]
        if visible:
            yield StageStarted(names=names)
        if names not in chosen:
            yield from _left_out(visible, last)
            continue
        for wave in waves.of(mine, held.job.waves.canary):
            yield from going.wave(wave)


@dataclass(kw_only=True)  # no slots: the proving is made once
class _Going:
    """An apply on its way. `ours` are installations that it has written: it moved their marks itself; `soaking` the
    relays of what it wrote last, to be watched before it goes on."""

    held: leased.Leased
    todo: Plan
    ours: frozenset[str] = frozenset()
    failed: bool = False
    soaking: tuple[Relay, ...] = ()

    @cached_property
    def proving(self) -> Proving:
        """Of every relay that a stage of the run may have to prove."""
        wanted = _relays(_writable(self.todo.changes, self.held.job), self.held.job.landscape)
        return Proving(expected=tuple(dict.fromkeys(wanted.values())))

    def wave(self, changes: Sequence[Change]) -> Iterator[Event]:
        visible = [change for change in changes if change.action is not Action.NONE]
        yield from self._soaked(visible)
        job = self.held.job
        if self.failed or job.stopped():
            error = _earlier() if self.failed else None
            for change in visible:
                yield Outcome(address=change.address, status=OutcomeStatus.NOT_ATTEMPTED, error=error)
            return
        written: set[Address] = set()
        for event in _whole(changes, self):
            if isinstance(event, Outcome):
                self.failed = self.failed or event.status not in SETTLED
                written |= {event.address} if event.status in _STANDS else set()
            yield event
        done = [change for change in visible if change.address in written]
        self.ours |= {change.installation for change in done}
        if job.waves.soak:
            self.soaking = (*self.soaking, *_relays(done, job.landscape).values())

    def _soaked(self, visible: Sequence[Change]) -> Iterator[Event]:
        job = self.held.job
        if not self.soaking or not visible or self.failed or job.stopped():
            return
        yield Soaking(seconds=job.waves.soak)
        found = soak.watched(self.soaking, job)
        yield Handshakes(results=tuple(found.values()))
        self.failed, self.soaking = soak.failed(found), ()


def _left_out(changes: Sequence[Change], last: str | None) -> Iterator[Outcome]:
    for change in changes:
        note = f"not written: --stop-after {last}"
        yield Outcome(address=change.address, status=OutcomeStatus.SKIPPED, notes=(note,))


def _remembered(installations: Sequence[str], job: Job) -> Mapping[str, Sequence[Applied]]:
    found = job.state.load(installations)
    moved = relocated.take_over(job.state, job.landscape.targets, found, installations, job.owner)
    return job.state.load(installations) if moved else found


def _none_written(changes: Sequence[Change], refused: Mapping[Address, Finding]) -> Iterator[Outcome]:
    """A run of which a part would be refused for certain is not begun."""
    other = Finding(
        severity=Severity.NOTE,
        rule="refused-beside-it",
        what="another change of this run cannot be written, so none was",
        why="it was asked before the first write",
        fix="correct that one, or leave it out with --select",
    )
    for change in changes:
        if change.action is not Action.NONE:
            status = OutcomeStatus.FAILED if change.address in refused else OutcomeStatus.NOT_ATTEMPTED
            yield Outcome(address=change.address, status=status, error=refused.get(change.address, other))


def _in_order(stages: Sequence[Stage]) -> Iterator[tuple[str, ...]]:
    """Equal numbers run together. Environments that left the files come first: they are only forgotten."""
    ordered = sorted(stages, key=lambda stage: (stage.order, stage.name))
    for _, group in groupby(ordered, key=lambda stage: stage.order):
        yield tuple(stage.name for stage in group)


def _concerns(change: Change, job: Job, known: AppliedBy) -> bool:
    """Everything but what is in sync and remembered as such."""
    if change.action is not Action.NONE:
        return True
    wanted = job.landscape.by_address.get(change.address)
    last = known.get((change.installation, change.address.resource))
    return wanted is not None and not record.up_to_date(last, wanted)


def _whole(changes: Sequence[Change], going: _Going) -> Iterator[Event]:
    """A stage, with an Outcome for every change also when it ends early: by Ctrl-C, or because the state is lost."""
    told: set[Address] = set()
    error: Finding | None = None
    try:
        for event in _stage(changes, going):
            if isinstance(event, Outcome):
                told.add(event.address)
            yield event
    except Interrupted:
        pass
    except StateError as lost:
        error = lost.finding()
    for change in changes:
        if change.action is not Action.NONE and change.address not in told:
            yield Outcome(address=change.address, status=OutcomeStatus.NOT_ATTEMPTED, error=error)


def _stage(changes: Sequence[Change], going: _Going) -> Iterator[Event]:
    job = going.held.job
    land = job.landscape
    sifted = gates.writable(changes, lambda unit: land.pause(unit, job.today))
    yield from sifted.outcomes
    sifted = going.held.sifted(sifted.kept)
    yield from sifted.outcomes
    if not sifted.kept:
        return
    seen = _observed(sifted.kept, job)
    now = compare.changes(land.desired, seen.readings, seen.applied, seen.versions, pruned=land.pruned, left=seen.left)
    sifted = gates.still_as_planned(sifted.kept, now, seen.readings, going.ours)
    yield from sifted.outcomes
    desired = {one.address: one for unit in seen.readings for one in land.of_unit.get(unit, ())}
    handshakes = _handshakes(sifted.kept, going)
    if handshakes:
        yield Handshakes(results=_told_once(handshakes.values()))
    sifted = gates.proven(sifted.kept, handshakes, land.protected)
    yield from sifted.outcomes
    batch = stage_writes.Batch(
        changes=sifted.kept,
        specs=seen.specs,
        desired=desired,
        readings=seen.readings,
        applied=seen.applied,
        versions=seen.versions,
        handshakes=handshakes,
    )
    yield from stage_writes.outcomes(batch, job)


def _observed(changes: Sequence[Change], job: Job) -> Observed:
    units = {change.address.unit for change in changes}
    installations = {change.installation for change in changes}
    return observe.observed(job.landscape, units, job.means, job.state, today=job.today, gone=installations)


def _handshakes(changes: Sequence[Change], going: _Going) -> dict[Address, Handshake]:
    """All handshakes of the stage with the new settings."""
    job = going.held.job
    wanted = _relays(changes, job.landscape)
    results = job.means.engine.prove(
        list(wanted.values()), job.landscape.policy, proving=going.proving, hearing=Hearing(stopped=job.stopped)
    )
    return {address: replace(results[relay], relay=relay.name) for address, relay in wanted.items()}


def _relays(changes: Iterable[Change], land: Landscape) -> dict[Address, Relay]:
    """What is to be proven from here before these changes are written."""
    desired = land.by_address
    wanted: dict[Address, Relay] = {}
    for change in changes:
        one = desired.get(change.address)
        if one is None or not change.writes or change.action is Action.ARCHIVE:
            continue
        if one.handshake.get("verify.from", "here") == "here" and (relay := as_platform.relay(one, one.relay, land)):
            wanted[change.address] = relay
    return wanted


def _told_once(results: Iterable[Handshake]) -> tuple[Handshake, ...]:
    """Two applications may share a relay: the second is told where it is judged otherwise."""
    found: dict[object, Handshake] = {}
    for one in results:
        bad = tuple(check for check in one.checks if check.status not in _WELL)
        found.setdefault((one.relay, one.zone, one.host, one.port, one.level, one.status, one.summary, bad), one)
    return tuple(found.values())


def _earlier() -> Finding:
    return Finding(
        severity=Severity.NOTE,
        rule="earlier-stage",
        what="an earlier stage did not succeed",
        why="each stage tests the change before the next one gets it",
    )
