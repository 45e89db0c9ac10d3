"""The lease and the journal of one apply: taken before anything is written, given back when all of it has ended."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.errors import StateError
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.plan import Plan
from reconciler.model.ports import Lease
from reconciler.model.runs.lease import Holder
from reconciler.model.runs.recovery import Recovered
from reconciler.pipeline.apply import log as logs
from reconciler.pipeline.apply import recover
from reconciler.pipeline.apply.gates import Sifted
from reconciler.pipeline.apply.job import Job
from reconciler.pipeline.apply.log import Log

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Leased:
    """`refused` says why an installation is not ours, `outcomes` are those told so far."""

    job: Job
    refused: Mapping[str, Finding] = field(default_factory=dict)
    recovered: tuple[Recovered, ...] = ()
    outcomes: list[Outcome] = field(default_factory=list)

    def sifted(self, changes: Sequence[Change]) -> Sifted:
        """Without those of installations that somebody else holds."""
        away = [change for change in changes if change.installation in self.refused]
        outcomes = tuple(_not_ours(change, self.refused[change.installation]) for change in away if _told(change))
        return Sifted(
            kept=tuple(change for change in changes if change.installation not in self.refused), outcomes=outcomes
        )


@contextlib.contextmanager
def leased(todo: Plan, writing: Sequence[Change], job: Job) -> Iterator[Leased]:
    """One lease for the installations of `writing`, and for those where a run was cut off.

    What nobody can hold is refused, and is no exception.
    """
    names = sorted({change.installation for change in writing})
    holder = Holder(owner=job.owner, run=job.stamp.run)
    with contextlib.ExitStack() as stack:
        try:
            names = sorted({*names, *_cut_off(job)})
            lease = stack.enter_context(job.state.lease(names, holder, wait=job.lock_timeout)) if names else None
            held = _begun(todo, writing, holder, lease, job)
        except StateError as error:
            yield Leased(job=job, refused=dict.fromkeys(names, error.finding()))
            return
        try:
            yield held
        finally:
            _end(held)


def _cut_off(job: Job) -> set[str]:
    """Where a run has ended in the middle, as far as somebody declares it. Raises StateError."""
    dead = {name for lock in job.state.locks() if not lock.alive for name in lock.held.installations}
    return dead & {target.installation for target in job.landscape.targets} if dead else set()


def _begun(todo: Plan, writing: Sequence[Change], holder: Holder, lease: Lease | None, job: Job) -> Leased:
    """Raises StateError."""
    if lease is None:
        return Leased(job=job)
    job = replace(job, lease=lease)
    found = tuple(recover.settle(lease, job, take_back=False)) if lease.cut_off else ()
    if found or any(_told(change) and change.installation not in lease.refused for change in writing):
        journal = job.state.journal.begin(lease.nonce, logs.begin(todo, holder, lease, job.url))
        journal.write(recover.records(found))
        job = replace(job, log=Log(journal=journal))
    refused = {name: error.finding() for name, error in lease.refused.items()}
    return Leased(job=job, refused=refused, recovered=found)


def _end(held: Leased) -> None:
    """A run that has begun something and does not know what became of it leaves its lease to the next one."""
    log, lease = held.job.log, held.job.lease
    if log is None or lease is None:
        return
    if log.open:
        lease.abandon()
        return
    try:
        log.close(held.outcomes)
    except StateError as error:
        _log.warning("the end of this run is not in its journal: %s", error.what)


def _told(change: Change) -> bool:
    return change.action is not Action.NONE


def _not_ours(change: Change, why: Finding) -> Outcome:
    error = replace(why, address=str(change.address))
    return Outcome(address=change.address, status=OutcomeStatus.NOT_ATTEMPTED, error=error)
