"""What every Engine does (reconciler/model/ports.py), whoever it is: each row is asked of each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from reconciler.errors import Interrupted
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Handshake, Policy, Relay, Status
from reconciler.model.landscape import TargetSpec
from reconciler.model.outcome import Outcome
from reconciler.model.ports import Engine, Hearing, Proving
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.work.settles import SettleUnit
from reconciler.model.work.writes import TargetWrites, UnitWritten, WriteUnit

POLICY = Policy()
WRONG = Finding(severity=Severity.ERROR, rule="lost", what="the lease is lost")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`spec` can be read and written, `dead` answers nobody. `unit` writes one change to `spec`.

    `writes` are those that reached the platform so far, `logins` those of the relay's user.
    """

    engine: Engine
    spec: TargetSpec
    dead: TargetSpec
    known: SecretRef
    missing: SecretRef
    relay: Relay
    unit: Callable[[], WriteUnit]
    writes: Callable[[], int]
    logins: Callable[[], int]

    def write(self, **permit: Any) -> tuple[list[Outcome], Books]:
        books = Books(permit.pop("refuses", None))
        found = list(self.engine.write([self.unit()], Leave(**permit), books, grace=5.0))
        return [one for unit in found for target in unit.targets for one in target.outcomes], books


@dataclass(kw_only=True)
class Leave:
    """A Permit."""

    run: str = "run-1"
    fence: int = 1
    stop: bool = False
    lost: Finding | None = None

    def stopped(self) -> bool:
        return self.stop

    def held(self) -> Finding | None:
        return self.lost


@dataclass
class Books:
    """A Ledger."""

    refuses: Finding | None = None
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def begins(self, unit: WriteUnit) -> Finding | None:
        self.begun.append(unit.installation)
        return self.refuses

    def ends(self, answer: UnitWritten) -> UnitWritten:
        self.ended.append(answer.installation)
        return answer


def reads_each_and_spoils_none(one: Subject) -> None:
    found = one.engine.read([one.dead, one.spec])
    assert {name: reading.unreadable is None for name, reading in found.items()} == {
        one.spec.unit: True,
        one.dead.unit: False,
    }
    assert [(reading.installation, reading.kind) for reading in found.values()] == [
        (spec.installation, spec.kind) for spec in (one.dead, one.spec)
    ]


def tells_nothing_when_nothing_is_asked(one: Subject) -> None:
    assert one.engine.read([]) == {}
    assert one.engine.versions([]) == {}
    assert one.engine.prove([], POLICY) == {}
    assert list(one.engine.write([], Leave(), Books(), grace=1.0)) == []
    assert list(one.engine.settle([])) == []


def tells_versions_or_why_not(one: Subject) -> None:
    found = one.engine.versions([one.known, one.missing])
    assert isinstance(found[one.known], SecretVersion)
    assert isinstance(found[one.missing], Finding)


def proves_every_relay_and_tells_of_it(one: Subject) -> None:
    heard: dict[Relay, Handshake] = {}
    other = replace(one.relay, name="other")
    found = one.engine.prove([one.relay, other, one.relay], POLICY, hearing=Hearing(done=heard.update))
    assert list(found) == [one.relay, other]
    assert {relay: made.status for relay, made in found.items()} == dict.fromkeys([one.relay, other], Status.PASS)
    assert heard == found


def logs_in_once_in_all_calls_of_a_run(one: Subject) -> None:
    other = replace(one.relay, name="other", sender="other@example.org")
    run = Proving(expected=(one.relay, other))
    before = one.logins()
    for relay in (one.relay, other):
        assert one.engine.prove([relay], POLICY, proving=run)[relay].status is Status.PASS
    assert one.logins() - before == 1


def stops_proving(one: Subject) -> None:
    with pytest.raises(Interrupted):
        one.engine.prove([one.relay], POLICY, hearing=Hearing(stopped=lambda: True))


def writes_once_and_keeps_the_books(one: Subject) -> None:
    before, name = one.writes(), one.spec.installation
    found, books = one.write()
    assert [str(outcome.status) for outcome in found] == ["created"], found
    assert (books.begun, books.ended) == ([name], [name])
    assert one.writes() == before + 1


def writes_nothing_that_could_not_be_noted(one: Subject) -> None:
    before = one.writes()
    found, books = one.write(refuses=WRONG)
    assert [(str(outcome.status), outcome.error) for outcome in found] == [("not attempted", WRONG)]
    assert (len(books.ended), one.writes()) == (1, before)


def writes_nothing_without_its_lease(one: Subject) -> None:
    before = one.writes()
    found, books = one.write(lost=WRONG)
    assert [(str(outcome.status), outcome.error) for outcome in found] == [("not attempted", WRONG)]
    assert (books.begun, one.writes()) == ([], before)


def writes_nothing_once_it_is_stopped(one: Subject) -> None:
    before = one.writes()
    found, books = one.write(stop=True)
    assert [(str(outcome.status), outcome.error) for outcome in found] == [("not attempted", None)]
    assert (books.begun, one.writes()) == ([], before)


def settles_in_the_order_it_is_asked(one: Subject) -> None:
    units = [SettleUnit(spec=spec, fence=2) for spec in (one.dead, one.spec)]
    dead, well = one.engine.settle(units)
    assert well.error is None, well
    assert dead.error is not None or dead.reading is None or dead.reading.unreadable is not None


ROWS = (
    reads_each_and_spoils_none,
    tells_nothing_when_nothing_is_asked,
    tells_versions_or_why_not,
    proves_every_relay_and_tells_of_it,
    logs_in_once_in_all_calls_of_a_run,
    writes_nothing_that_could_not_be_noted,
    writes_nothing_without_its_lease,
    writes_once_and_keeps_the_books,
    settles_in_the_order_it_is_asked,
    # from here on the run is stopped
    writes_nothing_once_it_is_stopped,
    stops_proving,
)


def write_unit(spec: TargetSpec, changes: tuple[Any, ...], before: Any) -> WriteUnit:
    target = TargetWrites(spec=spec, changes=changes, before=before)
    return WriteUnit(installation=spec.installation, targets=(target,), patience=1.0, policy=POLICY)
