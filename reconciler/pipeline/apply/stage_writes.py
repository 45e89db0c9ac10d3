"""Writes the installations of one stage side by side, and remembers what succeeded before it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from reconciler.errors import StateError
from reconciler.model.address import Address, Resource
from reconciler.model.attestation import Guide
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake, Status
from reconciler.model.landscape import TargetSpec
from reconciler.model.outcome import WRITTEN, Outcome, OutcomeStatus
from reconciler.model.settings import Applied, Desired, Reading
from reconciler.model.work.writes import TargetWrites, UnitWritten, WriteUnit, Written
from reconciler.pipeline import guard
from reconciler.pipeline.apply import gates, hand_over, record
from reconciler.pipeline.apply.job import Job, RunPermit
from reconciler.pipeline.apply.waves import Failures
from reconciler.pipeline.observe import guided, sent, targets
from reconciler.pipeline.observe.observe import AppliedBy, Versions
from reconciler.pipeline.resolve import relays


@dataclass(frozen=True, kw_only=True)  # no slots: the look-ups are made once
class Batch:
    """What one stage writes, and what was known right before."""

    changes: tuple[Change, ...]
    specs: tuple[TargetSpec, ...]
    desired: Mapping[Address, Desired]
    readings: Mapping[str, Reading]
    applied: AppliedBy
    versions: Versions
    handshakes: Mapping[Address, Handshake]

    def of(self, spec: TargetSpec) -> Sequence[Change]:
        """The changes of a target; not those of another installation that it was before."""
        return self._by_home.get((spec.unit, spec.installation), ())

    def homeless(self) -> tuple[Change, ...]:
        """Those of targets that left the files: nothing to read or write, only to forget."""
        homes = {(spec.unit, spec.installation) for spec in self.specs}
        return tuple(change for home, changes in self._by_home.items() if home not in homes for change in changes)

    def known(self, spec: TargetSpec) -> Mapping[Resource, Applied]:
        """What was applied to an installation before this run."""
        return self._known.get(spec.installation, {})

    def wanted(self, installation: str) -> Mapping[Resource, Desired]:
        return self._by_installation.get(installation, {})

    def told(self, outcome: Outcome) -> Outcome:
        """With the handshake that proved it, if one did."""
        proof = self.handshakes.get(outcome.address)
        return replace(outcome, handshake=proof) if proof else outcome

    @cached_property
    def tested(self) -> Mapping[Address, bool]:
        """Whether the platform's own test is to run."""
        return {
            address: one.handshake.get("verify.platform_test") is not False for address, one in self.desired.items()
        }

    @cached_property
    def _known(self) -> Mapping[str, Mapping[Resource, Applied]]:
        found: dict[str, dict[Resource, Applied]] = {}
        for (installation, resource), one in self.applied.items():
            found.setdefault(installation, {})[resource] = one
        return found

    @cached_property
    def _by_home(self) -> Mapping[tuple[str, str], Sequence[Change]]:
        found: dict[tuple[str, str], list[Change]] = {}
        for change in self.changes:
            found.setdefault((change.address.unit, change.installation), []).append(change)
        return found

    @cached_property
    def _by_installation(self) -> Mapping[str, Mapping[Resource, Desired]]:
        found: dict[str, dict[Resource, Desired]] = {}
        for one in self.desired.values():
            found.setdefault(one.installation, {})[one.address.resource] = one
        return found


def outcomes(batch: Batch, job: Job) -> Iterator[Outcome]:
    """Each installation's outcomes when it is done; after Ctrl-C, writes in flight get some time, then are unknown.

    After so many failures as the job takes, nothing new is begun.
    """
    yield from _forgotten(batch.homeless(), job)
    groups = targets.by_installation(spec for spec in batch.specs if batch.of(spec))
    books = _Books(batch=batch, job=job, failures=Failures(most=job.waves.stop_on), groups=groups)
    units = [_unit(group, books) for group in groups.values()]
    open_ = dict.fromkeys(groups)
    permit = RunPermit(job=job, failures=books.failures)
    for installation, kept in job.means.engine.write(units, permit, books, grace=job.grace):
        del open_[installation]
        yield from _told(kept, batch)
    for change in (change for name in open_ for spec in groups[name] for change in batch.of(spec)):
        if change.action is not Action.NONE:
            status = OutcomeStatus.UNKNOWN if change.writes else OutcomeStatus.NOT_ATTEMPTED
            yield Outcome(address=change.address, status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A target that was written, what of it succeeded, and why that could not be remembered, if so."""

    result: Written
    done: tuple[Change, ...]
    problem: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    """The Ledger (model/ports.py) of a stage: what is begun and what became of it, in the journal and in the state.

    Kept side by side: with a hundred installations, files that are safely on disk take longer than calls. `by_hand` is
    what was said of targets that a person writes.
    """

    batch: Batch
    job: Job
    failures: Failures
    groups: Mapping[str, Sequence[TargetSpec]]
    by_hand: dict[str, Written] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def begins(self, unit: WriteUnit) -> Finding | None:
        for target in unit.targets:
            if target.changes and self.job.log is not None:
                known = self.batch.known(target.spec)
                try:
                    self.job.log.begins(target.spec.unit, target.changes, self.batch.readings[target.spec.unit], known)
                except StateError as error:
                    return error.finding(target.spec.unit)
                self._begun.add(target.spec.unit)
        return None

    def ends(self, answer: UnitWritten) -> tuple[str, list[_Kept]]:
        self.failures.add(one for written in answer.targets for one in written.outcomes)
        found = zip(self.groups[answer.installation], answer.targets, strict=True)
        return answer.installation, [self._kept(spec, self.by_hand.get(spec.unit, written)) for spec, written in found]

    def _kept(self, spec: TargetSpec, result: Written) -> _Kept:
        if _unsure(result):
            return _Kept(result=result, done=(), problem=None)
        batch = self.batch
        done = tuple(change for change in batch.of(spec) if change.address in result.took_effect or not change.writes)
        problem = _remembered(spec, result, done, batch, self.job)
        if spec.unit in self._begun and self.job.log is not None:
            shown = [batch.told(one) for one in result.outcomes]
            try:
                self.job.log.ends(spec.unit, shown, kept=problem is None)
            except StateError as error:
                problem = problem or _unrecorded(error, spec, "journal")
        return _Kept(result=result, done=done, problem=problem)


def _unsure(result: Written) -> bool:
    """Nobody knows what became of it: it stays begun, so that the next run settles it before anything is written."""
    return any(one.status is OutcomeStatus.UNKNOWN for one in result.outcomes)


def _unit(group: Sequence[TargetSpec], books: _Books) -> WriteUnit:
    """The targets of one installation; what a person has to write is handed over here, and not with it."""
    batch, job = books.batch, books.job
    found: list[TargetWrites] = []
    for spec in group:
        changes = tuple(change for change in batch.of(spec) if change.writes)
        if changes and (written := _by_hand(spec, changes, batch, job)):
            books.by_hand[spec.unit], changes = written, ()
        found.append(_target(spec, changes, batch))
    policy = job.landscape.policy
    return WriteUnit(installation=group[0].installation, targets=tuple(found), patience=job.patience, policy=policy)


def _target(spec: TargetSpec, changes: tuple[Change, ...], batch: Batch) -> TargetWrites:
    if not changes:
        return TargetWrites(spec=spec, changes=())
    known, wanted = batch.known(spec), batch.wanted(spec.installation)
    concerned = {one.resource for change in changes for one in (change.address, change.moved_from) if one}
    return TargetWrites(
        spec=spec,
        changes=changes,
        before=batch.readings[spec.unit],
        untested=frozenset(change.address for change in changes if not batch.tested.get(change.address, True)),
        known={resource: known[resource] for resource in concerned if resource in known},
        wanted={resource: wanted[resource] for resource in concerned if resource in wanted},
    )


def _by_hand(spec: TargetSpec, changes: Sequence[Change], batch: Batch, job: Job) -> Written | None:
    guide = guided.guide(spec)
    if guide is None:
        return None
    return _failed(changes, guide) if isinstance(guide, Finding) else _handed_over(spec, changes, guide, batch, job)


def _handed_over(spec: TargetSpec, changes: Sequence[Change], guide: Guide, batch: Batch, job: Job) -> Written:
    wanted = batch.wanted(spec.installation)
    orders = guard.answer_or_finding(spec.unit, lambda: hand_over.outcomes(changes, guide, wanted))
    if isinstance(orders, Finding):
        return _failed(changes, orders)
    try:
        hand_over.remember(changes, wanted, batch.versions, job)
    except StateError as error:  # nobody could attest it
        return _failed(changes, error.finding(spec.unit))
    return Written(outcomes=orders, after=None)


def _failed(changes: Sequence[Change], error: Finding) -> Written:
    failed = (Outcome(address=one.address, status=OutcomeStatus.FAILED, error=error) for one in changes)
    return Written(outcomes=tuple(failed), after=None)


def _told(results: Sequence[_Kept], batch: Batch) -> Iterator[Outcome]:
    for kept in results:
        for outcome in kept.result.outcomes:
            known = replace(batch.told(outcome), notes=(*outcome.notes, *_unproven(outcome, batch)))
            lost = kept.problem is not None and outcome.address in kept.result.took_effect
            yield replace(known, status=OutcomeStatus.FAILED, error=kept.problem) if lost else known
        for change in kept.done:
            if change.action is Action.RELEASED:
                yield _released(change, kept.problem)


def _unproven(outcome: Outcome, batch: Batch) -> Iterator[str]:
    """What no handshake from here has proven."""
    wanted = batch.desired.get(outcome.address)
    origin = wanted.handshake.get("verify.from") if wanted and relays.has_route(wanted.handshake) else None
    written = outcome.status in WRITTEN or outcome.status is OutcomeStatus.PENDING_BY_HAND
    if not written or outcome.status is OutcomeStatus.ARCHIVED:
        return
    if origin == "nowhere":
        yield "not proven that mail can be sent this way (verify.from: nowhere)"
    elif origin == "platform" and (outcome.test is None or outcome.test.status is not Status.PASS):
        yield "the platform has not proven that mail can be sent this way (verify.from: platform)"
    handshake = batch.handshakes.get(outcome.address)
    if handshake and (lack := gates.unproven(handshake)):
        yield f"not proven that mail can be sent this way: {lack}"


def _remembered(spec: TargetSpec, result: Written, done: Sequence[Change], batch: Batch, job: Job) -> Finding | None:
    """Saves what was done; the finding when it cannot be kept."""
    if not done and result.after is None and not result.overwritten and not result.unproven:
        return None
    before = batch.readings[spec.unit]
    after = replace(result.after, installation=spec.installation) if result.after else before
    desired = batch.wanted(spec.installation)
    try:
        entries = job.state.load([spec.installation]).get(spec.installation, ())
        known = record.entries(entries, done, desired, (before, after), batch.versions, job.stamp)
        known = record.unproven(known, result.unproven, after, job.stamp)
        job.state.save(spec.installation, record.overwritten(known, result.overwritten, batch.versions))
    except StateError as error:
        return _unrecorded(error, spec, "state")
    return None


def _unrecorded(error: StateError, spec: TargetSpec, where: str) -> Finding:
    found = error.finding(spec.unit)
    return replace(found, what=f"done, but not recorded in the {where}: {found.what}")


def _forgotten(gone: Sequence[Change], job: Job) -> Iterator[Outcome]:
    for installation in sorted({change.installation for change in gone}):
        mine = [change for change in gone if change.installation == installation]
        resources = {change.address.resource for change in mine}
        problem: Finding | None = None
        try:
            entries = job.state.load([installation]).get(installation, ())
            job.state.save(installation, sent.released(entries, resources))
        except StateError as error:
            problem = error.finding()
        yield from (_released(change, problem) for change in mine)


def _released(change: Change, problem: Finding | None) -> Outcome:
    status = OutcomeStatus.FAILED if problem else OutcomeStatus.RELEASED
    return Outcome(address=change.address, status=status, error=problem)
