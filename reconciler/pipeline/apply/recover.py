"""What runs that were cut off left: looked at before anything else is written, then settled.

A platform finishes or takes back what a killed write of ours left there. Then what can be read decides of each change
that was begun: it took effect and is remembered, or it was not written, or half of it was. Nobody can tell whether a
secret was written: it is forgotten, so that it is written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.errors import ReconcilerError, StateError
from reconciler.model.change import Action
from reconciler.model.journal import Json
from reconciler.model.landscape import TargetSpec
from reconciler.model.lease import Held
from reconciler.model.ports import Lease, Recovering, State, Writer
from reconciler.model.recovery import Fate, Recovered
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Absent, Live, Present, Reading
from reconciler.pipeline import guard
from reconciler.pipeline.apply import intents, readback, recovered_state, restore
from reconciler.pipeline.apply.intents import Intent
from reconciler.pipeline.apply.job import Job
from reconciler.pipeline.observe import targets


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    found: tuple[Recovered, ...]
    done: bool


def begun(state: State, cut_off: Iterable[Held]) -> tuple[Intent, ...]:
    """What these runs had begun, and nobody knows what became of. Raises StateError."""
    found: list[Intent] = []
    for held in cut_off:
        records = state.journal.records(held.nonce)
        try:
            found += intents.without_result(held.nonce, records)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"the journal of run {held.run} ({held.nonce}) cannot be read"
            raise StateError(
                what, why=str(error), fix=f"reconciler unlock {held.nonce} --reason … forgets it"
            ) from error
    return tuple(found)


def settle(lease: Lease, job: Job, *, take_back: bool) -> Iterator[Recovered]:
    """Everything that was left at the installations of this lease; `take_back` also writes what was there before.

    Raises StateError; what cannot be looked at stays as it is, with an error.
    """
    by_unit: dict[str, list[Intent]] = {}
    for one in begun(job.state, lease.cut_off):
        by_unit.setdefault(one.change.address.unit, []).append(one)
    left = {name: held for held in lease.cut_off for name in held.installations if name not in lease.refused}
    units = [target.unit for target in job.landscape.targets if target.installation in left]
    specs = targets.specs(job.landscape, units)
    results = targets.each(
        specs, lambda spec: _settled(spec, left[spec.installation], by_unit.get(spec.unit, ()), job, take_back)
    )
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


def _settled(spec: TargetSpec, held: Held, mine: Sequence[Intent], job: Job, take_back: bool) -> _Settled:
    try:
        return _of(spec, held, mine, job, take_back)
    except Exception as error:  # noqa: BLE001  # one target that cannot be looked at must not stop the others
        found = guard.as_finding(error, spec.unit)
        return _Settled(found=(Recovered(address=spec.unit, run=held.run, fate=Fate.UNKNOWN, error=found),), done=False)


def _of(spec: TargetSpec, held: Held, mine: Sequence[Intent], job: Job, take_back: bool) -> _Settled:
    opener = job.secrets.opener(spec.connection_secrets | spec.mail_secrets)
    writer = guard.platform(spec.kind).writer(spec.unit, spec.connection, opener)
    found: list[Recovered] = []
    try:
        if isinstance(writer, Recovering) and (note := writer.recover()):
            found.append(Recovered(address=spec.unit, run=held.run, fate=Fate.CLEANED, note=note))
        if mine:
            reading = targets.reading(spec, job.secrets)
            if reading.unreadable:
                raise ReconcilerError(reading.unreadable.what, why=reading.unreadable.why, fix=reading.unreadable.fix)
            judged = [(one, fate(one, reading)) for one in mine]
            if take_back:
                judged = [(one, _taken_back(writer, one, how, reading, job)) for one, how in judged]
            _remember(spec, judged, reading, job)
            found += [_told(one, how) for one, how in judged]
    finally:
        writer.close()
    return _Settled(found=tuple(found), done=True)


def fate(one: Intent, reading: Reading) -> Fate:
    """What became of a change, as far as it can be read."""
    change, live = one.change, reading.live(one.change.address.resource)
    hidden = all(field.sensitive or field.field in _hidden(live) for field in change.fields)
    if change.action is Action.UPDATE and hidden:
        return Fate.NOT_WRITTEN if _same_mark(one, live) else Fate.UNKNOWN
    if not readback.differences(change, reading):
        return Fate.TOOK_EFFECT
    return Fate.NOT_WRITTEN if _as_before(one, live) else Fate.HALF_WRITTEN


def _hidden(live: Live) -> frozenset[str]:
    return live.write_only if isinstance(live, Present) else frozenset()


def _as_before(one: Intent, live: Live) -> bool:
    if not isinstance(one.before, Present) or not isinstance(live, Present):
        return isinstance(one.before, Absent) and not isinstance(live, Present)
    touched = {field.field for field in one.change.fields}
    same = all(live.settings.get(name) == one.before.settings.get(name) for name in touched - live.write_only)
    return same and live.archived == one.before.archived and live.mark == one.before.mark


def _same_mark(one: Intent, live: Live) -> bool:
    before = one.before
    return isinstance(before, Present) and isinstance(live, Present) and before.marker == live.marker is not None


def _taken_back(writer: Writer, one: Intent, how: Fate, reading: Reading, job: Job) -> Fate:
    """Raises PlatformError where what was there before is not there again."""
    if how is not Fate.HALF_WRITTEN:
        return how
    live = reading.live(one.change.address.resource)
    back = restore.earlier(one.change, one.before, now=live)
    if back is None or not back.writes:
        return how
    writer.write(back)
    if wrong := readback.differences(back, readback.shown(writer, back, job.patience)):
        raise ReconcilerError(
            f"{one.change.address}: its earlier settings could not be written again: {'; '.join(wrong)}",
            fix="reconciler plan shows what is there now",
        )
    return Fate.TAKEN_BACK


def _told(one: Intent, how: Fate) -> Recovered:
    secrets = [field.field for field in one.change.fields if isinstance(field.after, SecretRef)]
    note = f"{', '.join(secrets)} will be written again" if secrets and how is not Fate.NOT_WRITTEN else None
    return Recovered(address=str(one.change.address), run=one.run, fate=how, note=note)


def _remember(spec: TargetSpec, judged: Sequence[tuple[Intent, Fate]], reading: Reading, job: Job) -> None:
    """Raises StateError."""
    before = job.state.load([spec.installation]).get(spec.installation, ())
    after = recovered_state.after(before, judged, reading)
    if after != before:
        job.state.save(spec.installation, after)
