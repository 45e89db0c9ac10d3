"""Writes the installations of one stage side by side, and remembers what succeeded before it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cached_property
from time import monotonic

from reconciler.errors import StateError
from reconciler.model.address import Address, Resource
from reconciler.model.attestation import Guide
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake, Status
from reconciler.model.landscape import TargetSpec
from reconciler.model.outcome import WRITTEN, Outcome, OutcomeStatus
from reconciler.model.settings import Applied, Desired, Present, Reading
from reconciler.pipeline import guard
from reconciler.pipeline.apply import gates, hand_over, proven_secrets, record, restore, target_writes
from reconciler.pipeline.apply.job import Job
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
    failures = Failures(most=job.waves.stop_on)
    asked, job = job, replace(job, stopped=lambda: asked.stopped() or failures.reached)
    groups = targets.by_installation(spec for spec in batch.specs if batch.of(spec))
    pool = ThreadPoolExecutor(max_workers=targets.side_by_side(groups.values(), job.workers))
    pending = {pool.submit(_written, group, batch, job, failures): group for group in groups.values()}
    deadline: float | None = None
    try:
        while pending and (deadline is None or monotonic() < deadline):
            done, _ = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
            for future in done:
                del pending[future]
                yield from _told(future.result(), batch)
            if deadline is None and asked.stopped():
                deadline = monotonic() + job.grace
    finally:
        pool.shutdown(wait=not pending, cancel_futures=True)
    for group in pending.values():
        for change in (change for spec in group for change in batch.of(spec) if change.action is not Action.NONE):
            status = OutcomeStatus.UNKNOWN if change.writes else OutcomeStatus.NOT_ATTEMPTED
            yield Outcome(address=change.address, status=status)


def _written(group: Sequence[TargetSpec], batch: Batch, job: Job, failures: Failures) -> list[_Kept]:
    """The targets of one installation in order. Each may move the marks of the others, so all are read again.

    Remembered here, side by side: with a hundred installations, files that are safely on disk take longer than calls.
    """
    results = [_unit(spec, batch, job) for spec in group]
    failures.add(one for result in results for one in result.outcomes)
    if len(group) > 1 and any(result.after for result in results):
        again = [targets.reading(spec, job.secrets) for spec in group]
        results = [
            result if reading.unreadable else replace(result, after=reading)
            for result, reading in zip(results, again, strict=True)
        ]
    return [_kept(spec, result, batch, job) for spec, result in zip(group, results, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A target that was written, what of it succeeded, and why that could not be remembered, if so."""

    result: target_writes.Written
    done: tuple[Change, ...]
    problem: Finding | None


def _kept(spec: TargetSpec, result: target_writes.Written, batch: Batch, job: Job) -> _Kept:
    done = tuple(change for change in batch.of(spec) if change.address in result.took_effect or not change.writes)
    problem = _remembered(spec, result, done, batch, job)
    if result.begun and job.log is not None:
        shown = [batch.told(one) for one in result.outcomes]
        try:
            job.log.ends(spec.unit, shown, kept=problem is None)
        except StateError as error:
            problem = problem or _unrecorded(error, spec, "journal")
    return _Kept(result=result, done=done, problem=problem)


def _unit(spec: TargetSpec, batch: Batch, job: Job) -> target_writes.Written:
    changes = [change for change in batch.of(spec) if change.writes]
    if not changes:
        return target_writes.Written(outcomes=(), after=None)
    guide = guided.guide(spec)
    if isinstance(guide, Finding):
        return _failed(changes, guide)
    if guide is not None:
        return _handed_over(spec, changes, guide, batch, job)
    before = batch.readings[spec.unit]
    if job.stopped() or (lost := _not_begun(spec, changes, batch, job)):
        error = None if job.stopped() else lost
        left = (Outcome(address=one.address, status=OutcomeStatus.NOT_ATTEMPTED, error=error) for one in changes)
        return target_writes.Written(outcomes=tuple(left), after=None)
    written = target_writes.written(
        spec,
        changes,
        job.secrets,
        test=batch.tested,
        stopped=job.stopped,
        held=job.held,
        before=before,
        patience=job.patience,
        earlier=_earlier(spec, before, batch, job),
    )
    return replace(written, begun=True)


def _earlier(spec: TargetSpec, before: Reading, batch: Batch, job: Job) -> target_writes.Earlier:
    """How secrets come back: by the version that the state names."""
    known, wanted = batch.known(spec), batch.wanted(spec.installation)

    def with_secrets(back: Change, change: Change) -> Change:
        resource = change.moved_from.resource if change.moved_from else change.address.resource
        live = restore.previous_settings(change, before)
        settings = live.settings if isinstance(live, Present) else {}
        return proven_secrets.with_secrets(
            back, settings, known.get(resource), wanted.get(change.address.resource), job
        )

    return target_writes.Earlier(refs=frozenset(proven_secrets.refs(known)), with_secrets=with_secrets)


def _not_begun(spec: TargetSpec, changes: Sequence[Change], batch: Batch, job: Job) -> Finding | None:
    """Why nothing may be written: the lease is lost, or the journal does not take what is to be done."""
    if lost := job.held():
        return lost
    if job.log is not None:
        try:
            job.log.begins(spec.unit, changes, batch.readings[spec.unit], batch.known(spec))
        except StateError as error:
            return error.finding(spec.unit)
    return None


def _handed_over(
    spec: TargetSpec, changes: Sequence[Change], guide: Guide, batch: Batch, job: Job
) -> target_writes.Written:
    wanted = batch.wanted(spec.installation)
    orders = guard.answer_or_finding(spec.unit, lambda: hand_over.outcomes(changes, guide, wanted))
    if isinstance(orders, Finding):
        return _failed(changes, orders)
    try:
        hand_over.remember(changes, wanted, batch.versions, job)
    except StateError as error:  # nobody could attest it
        return _failed(changes, error.finding(spec.unit))
    return target_writes.Written(outcomes=orders, after=None)


def _failed(changes: Sequence[Change], error: Finding) -> target_writes.Written:
    failed = (Outcome(address=one.address, status=OutcomeStatus.FAILED, error=error) for one in changes)
    return target_writes.Written(outcomes=tuple(failed), after=None)


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


def _remembered(
    spec: TargetSpec, result: target_writes.Written, done: Sequence[Change], batch: Batch, job: Job
) -> Finding | None:
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
