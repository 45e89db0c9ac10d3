"""An engine whose units and answers cross as they do to a worker elsewhere: nothing may get lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from reconciler.engine.local import Local
from reconciler.model.finding import Finding
from reconciler.model.landscape import TargetSpec
from reconciler.model.ports import Ledger, Permit
from reconciler.model.settings import Reading
from reconciler.model.wire import document
from reconciler.model.work.reads import ReadUnit, UnitRead
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import UnitWritten, WriteUnit
from reconciler.testing import expect

T = TypeVar("T")


class Crossing(Local):
    """Raises AssertionError for what cannot cross, or arrives as something else."""

    def read(self, specs: Sequence[TargetSpec]) -> Mapping[str, Reading]:
        there = crossed(ReadUnit(specs=tuple(specs)))
        found = super().read(there.specs)
        answer = crossed(UnitRead(readings=tuple(found[spec.unit] for spec in specs)))
        return {reading.unit: reading for reading in answer.readings}

    def write(self, units: Sequence[WriteUnit], permit: Permit, ledger: Ledger[T], *, grace: float) -> Iterator[T]:
        return super().write([crossed(unit) for unit in units], permit, _Books(ledger), grace=grace)

    def settle(self, units: Sequence[SettleUnit]) -> Sequence[UnitSettled]:
        return [crossed(answer) for answer in super().settle([crossed(unit) for unit in units])]


class _Books(Generic[T]):
    """Of who is on this side; answers come from the other one."""

    def __init__(self, ledger: Ledger[T]) -> None:
        self._ledger = ledger

    def begins(self, unit: WriteUnit) -> Finding | None:
        return self._ledger.begins(unit)

    def ends(self, answer: UnitWritten) -> T:
        return self._ledger.ends(crossed(answer))


def crossed(one: T) -> T:
    """What arrives of it. Raises AssertionError for what is no plain data, or arrives as something else."""
    try:
        arrived = document.read(type(one), json.loads(json.dumps(document.written(one))))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"what crosses to a worker in another network has to be plain data: {error}") from error
    expect.expect(arrived == one, f"arrives at a worker in another network as something else:\n{one}\n{arrived}")
    return arrived
