"""What is in our network is done here, and the rest where it is: at the same time, and in one answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from support import stub_zone as stub
from support.engine_contract import POLICY, Books, Leave

from reconciler.engine.zoned import Zoned
from reconciler.model.landscape import TargetSpec
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Reading
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import WriteUnit, not_attempted

THERE = stub.spec("dmz")
OURS = replace(stub.spec("dmz", "ours"), zone=None)
IN_ZONE = SecretRef(store="default", path="a", key="b", zone="dmz")
WAITS = 30.0  # seconds: for the other half, which is there at once


@dataclass
class Half:
    """Answers with its own name, once the other half is busy too where it `meets` it."""

    name: str
    meets: threading.Barrier | None = None
    asked: list[str] = field(default_factory=list)
    roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    breaks: bool = False

    def _noted(self, what: str) -> None:
        self.asked.append(what)
        if self.meets is not None:
            self.meets.wait(WAITS)
        if self.breaks:
            raise RuntimeError(self.name)

    def read(self, specs: Sequence[TargetSpec]) -> Mapping[str, Reading]:
        self._noted("read")
        return {spec.unit: stub.reading(spec, self.name) for spec in specs}

    def versions(self, refs: Sequence[SecretRef]) -> Mapping[SecretRef, Any]:
        self._noted("versions")
        return dict.fromkeys(refs, self.name)

    def prove(self, relays: Sequence[Any], policy: Any, **more: Any) -> Mapping[Any, Any]:
        self._noted("prove")
        return dict.fromkeys(relays, self.name)

    def write(self, units: Sequence[WriteUnit], permit: Any, ledger: Any, *, grace: float) -> Iterator[Any]:
        self._noted("write")
        yield from ((self.name, ledger.ends(not_attempted(unit, None)).installation) for unit in units)

    def settle(self, units: Sequence[SettleUnit]) -> Sequence[UnitSettled]:
        self._noted("settle")
        return [UnitSettled(note=self.name) for _ in units]

    def stop(self) -> None:
        self.asked.append("stop")

    def close(self) -> None:
        self.asked.append("close")


def halves(**there: Any) -> tuple[Half, Half]:
    meets = threading.Barrier(2)
    return Half("here", meets), Half("there", meets, **there)


def test_each_half_is_asked_for_its_own_at_the_same_time() -> None:
    here, there = halves()
    both = Zoned(here, lambda: there)
    found = both.read([THERE, OURS])
    said = {name: one.resources[stub.HOST].settings["host"] for name, one in found.items()}  # type: ignore[union-attr]
    assert said == {THERE.unit: "there", OURS.unit: "here"}
    ours = replace(IN_ZONE, zone=None)
    assert both.versions([IN_ZONE, ours]) == {IN_ZONE: "there", ours: "here"}
    relay = stub.relay()
    other = replace(relay, zone=None)
    assert both.prove([other, relay], POLICY) == {other: "here", relay: "there"}


def test_what_is_written_comes_as_it_is_done() -> None:
    here, there = halves()
    units = [stub.unit(one) for one in (OURS, THERE)]
    books = Books()
    found = Zoned(here, lambda: there).write(units, Leave(), books, grace=1.0)
    assert sorted(found) == [("here", OURS.installation), ("there", THERE.installation)]
    assert sorted(books.ended) == sorted(unit.installation for unit in units)


def test_what_breaks_in_one_half_is_raised() -> None:
    here, there = halves(breaks=True)
    units = [stub.unit(one) for one in (OURS, THERE)]
    with pytest.raises(RuntimeError, match="there"):
        list(Zoned(here, lambda: there).write(units, Leave(), Books(), grace=1.0))


def test_answers_about_runs_that_were_cut_off_are_in_order() -> None:
    here, there = halves()
    found = Zoned(here, lambda: there).settle([SettleUnit(spec=spec) for spec in (THERE, OURS)])
    assert [one.note for one in found] == ["there", "here"]


def test_zones_are_not_opened_for_what_is_ours() -> None:
    here = Half("here")
    with Zoned(here, lambda: pytest.fail("nothing is there")) as both:
        assert both.roles == {}
        assert list(both.read([OURS])) == [OURS.unit]
        assert list(both.write([stub.unit(OURS)], Leave(), Books(), grace=1.0)) == [("here", OURS.installation)]
        both.stop()
    assert here.asked == ["read", "write", "stop"]


def test_zones_are_opened_once_stopped_and_closed() -> None:
    here, there = Half("here"), Half("there", roles={"dmz": {"default": "approle mail"}})
    opened: list[int] = []
    with Zoned(here, lambda: opened.append(1) or there) as both:  # type: ignore[func-returns-value]
        both.read([THERE])
        both.versions([IN_ZONE])
        assert both.roles == there.roles
        both.stop()
    assert (len(opened), there.asked) == (1, ["read", "versions", "stop", "close"])
