"""Stores stay open for whoever asks, as long as it asks: one version of a secret, one login that is looked after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from reconciler.engine.envelope.message import Op, Role, Status
from reconciler.engine.zone import carry_out
from reconciler.engine.zone.runs import ENDING, IDLE, STOPPED, Runs
from reconciler.errors import VaultUnreachable
from reconciler.model.secret import SecretRef
from reconciler.model.wire import document as wire
from reconciler.model.work.reads import VersionsTold, VersionsUnit


@dataclass
class Stores:
    """Opened once each; `left` are the seconds that a login still holds."""

    left: float = 3600.0
    closed: bool = False
    asked: int = 0

    def vault(self, name: str) -> Stores:
        return self

    def token_left(self, least: float) -> float:
        self.asked += 1
        if self.left < 0:
            raise VaultUnreachable("nobody answers")
        return self.left

    def close(self) -> None:
        self.closed = True


@dataclass
class World:
    made: list[Stores] = field(default_factory=list)
    now: float = 0.0
    left: float = 3600.0

    def runs(self) -> Runs:
        return Runs(self._open, "default", clock=lambda: self.now)

    def _open(self) -> Any:
        self.made.append(Stores(left=self.left))
        return self.made[-1]


@pytest.fixture
def world() -> World:
    return World()


def test_who_asks_again_gets_the_same_until_it_is_idle(world: World) -> None:
    runs = world.runs()
    with runs.secrets("a") as first, runs.secrets("a") as second, runs.secrets("b") as other:
        assert first is second is not other
    world.now = IDLE + 1
    with runs.secrets("a") as third:
        assert third is not first
    assert [one.closed for one in world.made] == [True, True, False]
    runs.close()
    assert all(one.closed for one in world.made)


@pytest.mark.parametrize(("left", "anew"), [(3600.0, False), (ENDING - 1, True), (-1.0, True)])
def test_a_login_that_ends_is_made_anew_for_what_comes_next(world: World, left: float, anew: bool) -> None:
    world.left, runs = left, world.runs()
    for world.now in (0.0, 61.0, 62.0):
        with runs.secrets("a"):
            pass
    assert len(world.made) == 1 + anew
    assert world.made[0].closed is anew
    assert world.made[0].asked == 1


def test_a_stop_is_forgotten_once_no_message_can_be_left(world: World) -> None:
    runs = world.runs()
    runs.stop("one", "run-7", Role.WRITE)
    assert runs.stopped("one", "run-7", Role.WRITE)
    for other in (("one", "run-7", Role.READ), ("one", "run-8", Role.WRITE), ("two", "run-7", Role.WRITE)):
        assert not runs.stopped(*other)
    world.now = STOPPED + 1
    runs.stop("two", "run-7", Role.WRITE)
    assert (runs.stopped("one", "run-7", Role.WRITE), runs.stopped("two", "run-7", Role.WRITE)) == (False, True)


def test_a_secret_that_is_rotated_is_another_one_for_the_next_command_only(outside: Any) -> None:
    ref = SecretRef(store="default", path=f"mail/{outside.zone.area}", key="password", zone="dmz")

    def number() -> Any:
        answer = outside.zone.ask(Op.VERSIONS, VersionsUnit(refs=(ref,)))
        return getattr(wire.read(VersionsTold, answer.body[0]).versions[ref], "number", None)

    first = number()
    outside.rotate()
    assert number() == first
    outside.zone.run = "another"
    assert number() == first + 1


def test_a_bug_of_ours_is_an_answer_that_repeats_nothing(zone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any) -> Any:
        raise KeyError("c4nary-w0rd")

    monkeypatch.setattr(carry_out.Message, "answers", broken)
    answer = zone.ask(Op.READ)
    assert answer.status is Status.REFUSED
    found = zone.refused(answer)
    assert (found.rule, found.what.partition(" ")[0]) == ("bug", "KeyError")
