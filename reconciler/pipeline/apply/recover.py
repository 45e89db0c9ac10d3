"""What runs that were cut off left: looked at before anything else is written, then settled.

A platform finishes or takes back what a killed write of ours left there. Then what can be read decides of each change
that was begun: it took effect and is remembered, or it was not written, or half of it was. Nobody can tell whether a
secret was written: it is forgotten, so that it is written again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.errors import StateError
from reconciler.model.landscape import TargetSpec
from reconciler.model.ports import Lease
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.journal import Json
from reconciler.model.runs.lease import Holder
from reconciler.model.runs.recovery import Fate, Recovered
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Reading
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.pipeline.apply.job import Job
from reconciler.pipeline.observe import targets
from reconciler.pipeline.unfinished import intents, remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    found: tuple[Recovered, ...]
    done: bool


def alone(job: Job, units: Collection[str], *, take_back: bool = True) -> tuple[Recovered, ...]:
    """Under a lease of its own: everything that was cut off, and at `units` whatever is there to be cleaned.

    Raises StateError, LockedError where another run is at it.
    """
    dead = {name for lock in job.state.locks() if not lock.alive for name in lock.held.installations}
    mine = [target for target in job.landscape.targets if target.installation in dead or target.unit in units]
    names = sorted({target.installation for target in mine})
    if not names:
        return ()
    with job.state.lease(names, Holder(owner=job.owner, run=job.stamp.run), wait=job.lock_timeout) as lease:
        if lease.refused:
            raise next(iter(lease.refused.values()))
        found = tuple(settle(lease, replace(job, lease=lease), take_back=take_back, units=units))
        if found or lease.cut_off:
            _record(found, lease, job)
        return found


def _record(found: Sequence[Recovered], lease: Lease, job: Job) -> None:
    """A journal of its own: what was taken back was written. Raises StateError."""
    who = {"event": "begin", "run": job.stamp.run, "owner": job.owner, "url": job.url, "fence": lease.fence}
    journal = job.state.journal.begin(lease.nonce, who)
    journal.write(records(found))
    journal.close(
        {
            "event": "end",
            "complete": all(one.error is None for one in found),
            "counts": dict(Counter(str(one.fate) for one in found)),
            "units": sorted({one.address.partition(":")[0] for one in found}),
            "others": [_ended(one) for one in found],
        }
    )


def _ended(one: Recovered) -> Json:
    told = {"address": one.address, "status": one.fate}
    return told if one.error is None else {**told, "error": {"rule": one.error.rule, "what": one.error.what}}


def settle(lease: Lease, job: Job, *, take_back: bool, units: Collection[str] = ()) -> Iterator[Recovered]:
    """Everything that was left at the installations of this lease; `take_back` also writes what was there before.
    `units` are cleaned whether a run is known to have been cut off there or not.

    Raises StateError; what cannot be looked at stays as it is, with an error.
    """
    by_unit: dict[str, list[Intent]] = {}
    for one in intents.begun(job.state, lease.cut_off):
        by_unit.setdefault(one.change.address.unit, []).append(one)
    left = {name: held for held in lease.cut_off for name in held.installations if name not in lease.refused}
    mine = [one.unit for one in job.landscape.targets if one.installation in left or one.unit in units]
    specs = targets.specs(job.landscape, mine)
    runs = {name: held.run or held.nonce for name, held in left.items()}
    work = [
        SettleUnit(
            spec=spec,
            intents=tuple(by_unit.get(spec.unit, ())),
            take_back=take_back,
            patience=job.patience,
            fence=lease.fence,
        )
        for spec in specs
    ]
    answers = job.means.engine.settle(work)
    results = [
        _settled(unit, answer, runs.get(unit.spec.installation, "?"), job)
        for unit, answer in zip(work, answers, strict=True)
    ]
    for result in results:
        yield from result.found
    open_ = {spec.installation for spec, result in zip(specs, results, strict=True) if not result.done}
    done = {spec.installation for spec in specs} - open_
    for held in lease.cut_off:
        if done.issuperset(held.installations):
            job.state.journal.cut_off(held.nonce, lease.nonce)
    lease.settled(done)


def records(found: Iterable[Recovered]) -> list[Json]:
    """For the journal of the run that found them."""
    return [{"event": "recovered", "of": one.run, "address": one.address, "fate": one.fate} for one in found]


def _settled(unit: SettleUnit, answer: UnitSettled, run: str, job: Job) -> _Settled:
    found: list[Recovered] = []
    if answer.note:
        found.append(Recovered(address=unit.spec.unit, run=run, fate=Fate.CLEANED, note=answer.note))
    error = answer.error
    if error is None and answer.reading is not None:
        judged = list(zip(unit.intents, answer.fates, strict=True))
        written = _finished(unit, answer, job)
        try:
            _remember(unit.spec, judged, answer.reading, written, job)
        except StateError as lost:
            error = lost.finding(unit.spec.unit)
        else:
            found += [_told(one, how, written) for one, how in judged]
    if error is not None:  # one target that cannot be settled must not stop the others
        found.append(Recovered(address=unit.spec.unit, run=run, fate=Fate.UNKNOWN, error=error))
        return _Settled(found=tuple(found), done=False)
    return _Settled(found=tuple(found), done=True)


def _finished(unit: SettleUnit, answer: UnitSettled, job: Job) -> remembered.Written:
    if answer.finished is None:
        return {}
    from reconciler.pipeline.apply import finished  # a run that died, in a zone whose worker had not

    return finished.secrets(unit.intents, answer.finished, job.means.engine)


def _told(one: Intent, how: Fate, written: remembered.Written) -> Recovered:
    known = written.get(one.change.address, {})
    fields = (field for field in one.change.fields if field.field not in known)
    secrets = [field.field for field in fields if isinstance(field.after, SecretRef)]
    note = f"{', '.join(secrets)} will be written again" if secrets and how is not Fate.NOT_WRITTEN else None
    return Recovered(address=str(one.change.address), run=one.run, fate=how, note=note)


def _remember(
    spec: TargetSpec,
    judged: Sequence[tuple[Intent, Fate]],
    reading: Reading,
    written: remembered.Written,
    job: Job,
) -> None:
    """Raises StateError."""
    before = job.state.load([spec.installation]).get(spec.installation, ())
    after = remembered.after(before, judged, reading, written)
    if after != before:
        job.state.save(spec.installation, after)
