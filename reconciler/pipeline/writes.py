"""Writes the installations of one stage side by side, and remembers what succeeded before it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cached_property
from time import monotonic

from reconciler.errors import StateError
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake
from reconciler.model.landscape import TargetSpec
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.ports import State
from reconciler.model.settings import Desired, Reading
from reconciler.pipeline import fleet, record, unit
from reconciler.pipeline.rotation import Versions
from reconciler.secrets.stores import Secrets

_GRACE = 30.0  # seconds that writes in flight get after the first Ctrl-C


@dataclass(frozen=True, kw_only=True)  # no slots: the look-ups are made once
class Batch:
    """What one stage writes, and what was known right before."""

    changes: tuple[Change, ...]
    specs: tuple[TargetSpec, ...]
    desired: Mapping[Address, Desired]
    readings: Mapping[str, Reading]
    versions: Versions
    handshakes: Mapping[Address, Handshake]

    def of(self, unit: str) -> Sequence[Change]:
        return self._by_unit.get(unit, ())

    def wanted(self, installation: str) -> Mapping[Resource, Desired]:
        return self._by_installation.get(installation, {})

    @cached_property
    def tested(self) -> Mapping[Address, bool]:
        """Whether the platform's own test is to run."""
        return {
            address: one.handshake.get("verify.platform_test") is not False for address, one in self.desired.items()
        }

    @cached_property
    def _by_unit(self) -> Mapping[str, Sequence[Change]]:
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.address.unit, []).append(change)
        return found

    @cached_property
    def _by_installation(self) -> Mapping[str, Mapping[Resource, Desired]]:
        found: dict[str, dict[Resource, Desired]] = {}
        for one in self.desired.values():
            found.setdefault(one.installation, {})[one.address.resource] = one
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What writing needs beside the batch."""

    secrets: Secrets
    state: State
    stamp: record.Stamp
    stopped: Callable[[], bool]
    workers: int


def outcomes(batch: Batch, hands: Hands) -> Iterator[Outcome]:
    """Each installation's outcomes when it is done; after Ctrl-C, writes in flight get 30 s, then they are unknown."""
    groups = fleet.by_installation(batch.specs)
    yield from _forgotten(batch, hands, set(groups))
    pool = ThreadPoolExecutor(max_workers=max(1, min(hands.workers, len(groups))))
    pending = {pool.submit(_written, group, batch, hands): group for group in groups.values()}
    deadline: float | None = None
    while pending and (deadline is None or monotonic() < deadline):
        done, _ = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
        for future in done:
            yield from _told(pending.pop(future), future, batch, hands)
        if deadline is None and hands.stopped():
            deadline = monotonic() + _GRACE
    pool.shutdown(wait=not pending, cancel_futures=True)
    for group in pending.values():
        for change in (change for spec in group for change in batch.of(spec.unit) if change.writes):
            yield Outcome(address=change.address, status=OutcomeStatus.UNKNOWN)


def _written(group: Sequence[TargetSpec], batch: Batch, hands: Hands) -> list[unit.Written]:
    return [_unit(spec, batch, hands) for spec in group]


def _unit(spec: TargetSpec, batch: Batch, hands: Hands) -> unit.Written:
    changes = [change for change in batch.of(spec.unit) if change.writes]
    if not changes:
        return unit.Written(outcomes=(), after=None)
    return unit.written(spec, changes, hands.secrets, test=batch.tested, stopped=hands.stopped)


def _told(
    group: Sequence[TargetSpec], future: Future[list[unit.Written]], batch: Batch, hands: Hands
) -> Iterator[Outcome]:
    for spec, result in zip(group, future.result(), strict=True):
        good = {outcome.address for outcome in result.outcomes if unit.succeeded(outcome)}
        done = [change for change in batch.of(spec.unit) if change.address in good or not change.writes]
        problem = _remembered(spec, result, done, batch, hands)
        for outcome in result.outcomes:
            known = replace(outcome, handshake=batch.handshakes.get(outcome.address))
            lost = problem is not None and outcome.address in good
            yield replace(known, status=OutcomeStatus.FAILED, error=problem) if lost else known
        for change in done:
            if change.action is Action.RELEASED:
                yield Outcome(address=change.address, status=OutcomeStatus.RELEASED)


def _remembered(
    spec: TargetSpec, result: unit.Written, done: Sequence[Change], batch: Batch, hands: Hands
) -> Finding | None:
    """Saves what was done; the finding when it cannot be kept."""
    if not done:
        return None
    before = batch.readings[spec.unit]
    after = replace(result.after, installation=spec.installation) if result.after else before
    desired = batch.wanted(spec.installation)
    try:
        entries = hands.state.load([spec.installation]).get(spec.installation, ())
        hands.state.save(
            spec.installation,
            record.entries(entries, done, desired, (before, after), batch.versions, hands.stamp),
        )
    except StateError as error:
        return error.finding(spec.unit)
    return None


def _forgotten(batch: Batch, hands: Hands, known: set[str]) -> Iterator[Outcome]:
    """Resources whose whole target left the files: nothing to read or write, only to forget."""
    gone = [change for change in batch.changes if change.installation not in known]
    for installation in sorted({change.installation for change in gone}):
        resources = {change.address.resource for change in gone if change.installation == installation}
        entries = hands.state.load([installation]).get(installation, ())
        hands.state.save(installation, [entry for entry in entries if entry.address.resource not in resources])
    for change in gone:
        yield Outcome(address=change.address, status=OutcomeStatus.RELEASED)
