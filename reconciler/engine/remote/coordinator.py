"""The Engine for units in zones: sends each to where its network is, and tells what is known within the deadline."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

from reconciler.engine import told
from reconciler.engine.envelope.message import Answer, Op
from reconciler.engine.remote.batches import AT_ONCE, batches
from reconciler.engine.remote.desk import Desk
from reconciler.engine.remote.threads import side_by_side
from reconciler.engine.remote.unanswered import Unanswered, unreadable
from reconciler.engine.remote.writing import Writing
from reconciler.errors import Interrupted
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake, Policy, Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.ports import SILENT, Hearing, Ledger, Permit, Proving
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Reading
from reconciler.model.work.proofs import Known, Proven, ProveUnit
from reconciler.model.work.reads import ReadUnit, UnitRead, VersionsTold, VersionsUnit
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import WriteUnit
from reconciler.pipeline import progress
from reconciler.pipeline.observe import targets

_LOOK = 0.1  # seconds between two looks at whether the run was stopped
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Implements Engine (model/ports.py) for units that have a zone; `deadline` is in seconds, for each message.

    `roles` is who opens secrets in each zone, by store, once `versions` has asked there.
    """

    desk: Desk
    deadline: float
    roles: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def read(self, specs: Sequence[TargetSpec]) -> Mapping[str, Reading]:
        groups = targets.by_installation(specs).values()
        total = len(specs)

        def work(zone: str, units: Sequence[ReadUnit]) -> list[Reading]:
            with _told("reading", [spec.unit for unit in units for spec in unit.specs], total):
                return self._read(zone, units)

        units = [ReadUnit(specs=tuple(group)) for group in groups]
        found = _each(units, lambda unit: _zone(unit.specs[0].zone), lambda unit: len(unit.specs), work)
        return {reading.unit: reading for reading in found}

    def _read(self, zone: str, units: Sequence[ReadUnit]) -> list[Reading]:
        specs = [spec for unit in units for spec in unit.specs]
        try:
            kinds = frozenset(spec.kind for spec in specs)
            answers = self.desk.ask(zone, Op.READ, units, UnitRead, seconds=self.deadline, kinds=kinds)
            found = [reading for answer in answers for reading in answer.readings]
            if [(one.unit, one.installation) for one in found] != [(one.unit, one.installation) for one in specs]:
                raise unreadable(zone)
        except Unanswered as why:
            return [targets.unread(spec, why.finding) for spec in specs]
        return found

    def versions(self, refs: Sequence[SecretRef]) -> Mapping[SecretRef, SecretVersion | Finding]:
        found = _of_each(_by_zone(refs, lambda ref: ref.zone), self._versions)
        return {ref: version for one in found for ref, version in one.items()}

    def _versions(self, zone: str, refs: Sequence[SecretRef]) -> Mapping[SecretRef, SecretVersion | Finding]:
        unit = VersionsUnit(refs=tuple(refs))
        try:
            (answer,) = self.desk.ask(zone, Op.VERSIONS, [unit], VersionsTold, seconds=self.deadline)
            if answer.versions.keys() != set(refs):
                raise unreadable(zone)
        except Unanswered as why:
            return dict.fromkeys(refs, why.finding)
        self.roles[zone] = answer.roles
        return answer.versions

    def version(self, zone: str) -> str:
        """Of one of its workers, whichever gets the message. Raises Unanswered."""
        return self.desk.answered(zone, Op.VERSIONS, [VersionsUnit(refs=())], seconds=self.deadline).version

    def prove(
        self,
        relays: Sequence[Relay],
        policy: Policy,
        *,
        proving: Proving | None = None,
        parallel: int = 64,
        timeouts: Sequence[tuple[str, float]] = (),
        hearing: Hearing = SILENT,
    ) -> Mapping[Relay, Handshake]:
        run = proving or Proving()

        def work(zone: str, some: Sequence[Relay]) -> Mapping[Relay, Handshake]:
            unit = ProveUnit(
                relays=tuple(some),
                policy=policy,
                expected=tuple(relay for relay in run.expected if relay.zone == zone),
                known=run.memory.get(zone, Known()),
                timeouts=tuple(timeouts),
                parallel=parallel,
                each=run.each,
                dns=run.dns,
            )
            found, run.memory[zone] = self._proven(zone, unit, hearing)
            hearing.done(found)
            return found

        groups = _by_zone(dict.fromkeys(relays), lambda relay: relay.zone)
        found = {relay: one for group in _of_each(groups, work) for relay, one in group.items()}
        return {relay: found[relay] for relay in relays}

    def _proven(self, zone: str, unit: ProveUnit, hearing: Hearing) -> tuple[dict[Relay, Handshake], Known]:
        def waited(answer: Future[Answer]) -> None:
            while not hearing.stopped():
                if wait([answer], timeout=_LOOK).done:
                    return
            self.stop()
            raise Interrupted("stopped during the handshakes", why="nothing was written")

        try:
            (answer,) = self.desk.ask(zone, Op.PROVE, [unit], Proven, seconds=self.deadline, wait=waited)
            if len(answer.found) != len(unit.relays):
                raise unreadable(zone)
        except Unanswered as why:
            return {relay: told.unproven(relay, why.finding) for relay in unit.relays}, unit.known
        return dict(zip(unit.relays, answer.found, strict=True)), answer.known

    def write(self, units: Sequence[WriteUnit], permit: Permit, ledger: Ledger[T], *, grace: float) -> Iterator[T]:
        writing = Writing(desk=self.desk, permit=permit, ledger=ledger, deadline=self.deadline)
        pools, pending = [], set()
        for zone, some in _by_zone(units, lambda unit: unit.zone).items():
            found = batches(some, _weight)
            pools.append(ThreadPoolExecutor(max_workers=min(AT_ONCE, len(found)), thread_name_prefix=zone))
            pending |= {pools[-1].submit(writing.written, zone, batch) for batch in found}
        until: float | None = None
        try:
            while pending and (until is None or time.monotonic() < until):
                done, pending = wait(pending, timeout=_LOOK, return_when=FIRST_COMPLETED)
                yield from (answer for one in done for answer in one.result())
                if until is None and permit.stopped():
                    self.stop()
                    until = time.monotonic() + grace
        finally:
            writing.left.set()
            for pool in pools:
                pool.shutdown(wait=not pending, cancel_futures=True)

    def settle(self, units: Sequence[SettleUnit]) -> Sequence[UnitSettled]:
        """Targets of one installation go in one message, in their order."""
        by_zone = _by_zone(units, lambda unit: unit.spec.zone)
        found = {name: one for group in _of_each(by_zone, self._settled) for name, one in group.items()}
        return [found[unit.spec.unit] for unit in units]

    def _settled(self, zone: str, units: Sequence[SettleUnit]) -> dict[str, UnitSettled]:
        kinds = frozenset(unit.spec.kind for unit in units)
        try:
            fence = max(unit.fence for unit in units)
            found = self.desk.ask(zone, Op.SETTLE, units, UnitSettled, seconds=self.deadline, fence=fence, kinds=kinds)
        except Unanswered as why:
            return {unit.spec.unit: UnitSettled(error=why.finding) for unit in units}
        return {unit.spec.unit: one for unit, one in zip(units, found, strict=True)}

    def stop(self) -> None:
        self.desk.stop(self.deadline)

    def close(self) -> None:
        self.desk.post.close()


def _weight(unit: WriteUnit) -> int:
    seen = (len(target.before.resources) if target.before else 0 for target in unit.targets)
    return sum(seen) + 2 * sum(len(target.changes) for target in unit.targets)


def _zone(zone: str | None) -> str:
    if zone is None:  # a bug: whoever splits the units keeps those to himself
        raise ValueError("a unit without a zone is not sent to one")
    return zone


def _by_zone(units: Iterable[U], zone: Callable[[U], str | None]) -> dict[str, list[U]]:
    found: dict[str, list[U]] = defaultdict(list)
    for unit in units:
        found[_zone(zone(unit))].append(unit)
    return found


def _of_each(groups: Mapping[str, Sequence[U]], work: Callable[[str, Sequence[U]], T]) -> list[T]:
    return side_by_side(lambda group: work(*group), list(groups.items()))


def _each(
    units: Sequence[U],
    zone: Callable[[U], str],
    weight: Callable[[U], int],
    work: Callable[[str, Sequence[U]], list[T]],
) -> list[T]:
    """Zones side by side, and messages of a zone up to AT_ONCE: a zone that says nothing holds up no other."""

    def whole(name: str, some: Sequence[U]) -> list[T]:
        found = side_by_side(lambda batch: work(name, batch), batches(some, weight), AT_ONCE)
        return [one for answers in found for one in answers]

    return [one for answers in _of_each(_by_zone(units, zone), whole) for one in answers]


class _told:  # noqa: N801  # reads as a verb
    """What is waited for, as `progress.step` tells it of one unit."""

    def __init__(self, stage: str, names: Sequence[str], total: int) -> None:
        self._steps = [progress.Step(stage=stage, name=name, total=total) for name in names]

    def __enter__(self) -> None:
        self._began = time.monotonic()
        for step in self._steps:
            progress.tell(step)

    def __exit__(self, *_: object) -> None:
        took = time.monotonic() - self._began
        for step in self._steps:
            progress.tell(step._replace(seconds=took))
