"""engine/claims: one worker carries out a message, once; who comes later gets its answer, or hears why not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from support.claiming import HERE, Clock, Losing, Worker, jti, mine, take

from reconciler.engine.claims.claim import MOST
from reconciler.engine.claims.claims import Claims
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.results import Adopted, Busy, Done, Fenced, Interrupted
from reconciler.engine.claims.taking import Taken
from reconciler.errors import EngineError, VaultUnreachable
from reconciler.secrets.vault.store import VaultStore


def test_the_first_one_carries_it_out_and_the_second_one_gets_its_answer(worker: Worker) -> None:
    first = mine(worker())
    assert (first.check(), first.finish("the answer")) == (None, None)
    assert take(worker("two")) == Done(answer="the answer")


def test_an_undisturbed_message_costs_three_requests(
    worker: Worker, store: VaultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = store.api.ask
    store.read_json("any")  # from now on it is known which engine is mounted

    def counted(method: str, *rest: Any, **more: Any) -> Any:
        asked.append(method)
        return real(method, *rest, **more)

    monkeypatch.setattr(store.api, "ask", counted)
    claim = mine(worker())
    assert [claim.check() for _ in range(10)] == [None] * 10
    assert claim.finish("done") is None
    assert asked == ["get", "post", "post"]


def test_a_second_delivery_waits_as_long_as_the_first_one_is_at_it(worker: Worker, clock: Clock) -> None:
    first = mine(worker())

    def beats() -> None:
        if clock.slept < 20:
            first.confirm()
        else:
            first.finish("at last")

    clock.then = beats
    assert take(worker("two")) == Done(answer="at last")
    assert clock.slept == 20


def test_a_worker_whose_heart_stands_still_for_four_seconds_was_cut_off(worker: Worker, clock: Clock) -> None:
    first = mine(worker("one"))
    found = take(worker("two"))
    assert found == Interrupted(run="run-1", worker="one")
    assert found.finding().what == "worker one was cut off here; it is not known what it has written"
    assert clock.slept == 4.0
    clock.now = first.confirmed  # its own clock tells it nothing
    assert first.confirm() is None
    refused = first.check()
    assert refused is not None
    assert (refused.rule, refused.why) == ("claim-lost", "others have waited for its beat in vain")
    assert take(worker("three")) == found
    assert clock.slept == 4.0  # it is known, and nobody waits for it again


def test_the_next_run_takes_over_from_a_worker_that_is_gone(worker: Worker, clock: Clock) -> None:
    first = mine(worker("one"))
    second = mine(worker("two"), 2, run="run-2", fence=8)
    assert second.before == Adopted(run="run-1", fence=7, seq=1, jti=jti(1), done=False, answer=None)
    clock.now = first.confirmed
    first.confirm()
    refused = first.check()
    assert refused is not None
    assert refused.why == "run run-2 has it now"
    assert second.check() is None


def test_the_next_run_waits_for_a_worker_that_is_at_it(worker: Worker, clock: Clock) -> None:
    first = mine(worker())
    clock.then = lambda: first.finish("done") if clock.slept > 9 else first.confirm()
    second = mine(worker("two"), 2, run="run-2", fence=8)
    assert second.before == Adopted(run="run-1", fence=7, seq=1, jti=jti(1), done=True, answer="done")
    assert second.check() is None
    assert clock.slept == 9.5


@pytest.mark.parametrize(
    ("number", "found", "what"),
    [
        (
            1,
            Interrupted(run="run-1", worker="one", at_it=True),
            "worker one is still at it; it is not known what it has",
        ),
        (2, Busy(run="run-1"), "run run-1 is still writing here; nothing was written"),
    ],
    ids=["the same", "another"],
)
def test_nobody_waits_longer_than_its_message_lives(
    worker: Worker, clock: Clock, number: int, found: Interrupted | Busy, what: str
) -> None:
    first = mine(worker())
    clock.then = first.confirm
    assert take(worker("two"), number, seq=number, wait=30) == found
    assert found.finding().what.startswith(what)
    assert clock.slept == 30
    assert first.check() is None


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "at it"])
@pytest.mark.parametrize(("fence", "seq"), [(6, 9), (7, 1), (7, 2)], ids=["older run", "older", "the same twice"])
def test_what_is_older_is_not_begun(worker: Worker, clock: Clock, *, fence: int, seq: int, ended: bool) -> None:
    first = mine(worker(), 1, seq=2)
    if ended:
        first.finish("done")
    found = take(worker("two"), 2, run="run-0", fence=fence, seq=seq)
    assert isinstance(found, Fenced)
    assert (found.run, found.fence, found.seq, clock.slept) == ("run-1", 7, 2, 0)
    assert found.finding().why == "run run-1 has the number 7.2"


@pytest.mark.parametrize(("fence", "seq"), [(7, 3), (8, 1)], ids=["later", "later run"])
def test_what_is_newer_is_begun(worker: Worker, fence: int, seq: int) -> None:
    mine(worker(), 1, seq=2).finish("done")
    assert mine(worker("two"), 2, fence=fence, seq=seq).check() is None


def test_an_older_message_that_was_carried_out_is_not_carried_out_again(worker: Worker) -> None:
    mine(worker(), 1, seq=1).finish("first")
    mine(worker(), 2, seq=2).finish("second")
    assert isinstance(take(worker("two"), 1, seq=1), Fenced)
    assert take(worker("two"), 2, seq=2) == Done(answer="second")


def test_without_a_lease_each_message_is_new_once(worker: Worker) -> None:
    for number, run in ((1, "verify-1"), (2, "verify-2"), (3, "verify-1")):
        mine(worker(), number, run=run, fence=0).finish(f"answer {number}")
    assert isinstance(take(worker(), 1, run="verify-1", fence=0), Fenced)
    assert isinstance(take(worker(), 2, run="verify-2", fence=0), Fenced)
    assert take(worker(), 3, run="verify-1", fence=0) == Done(answer="answer 3")
    assert mine(worker(), 4, run="verify-2", fence=0).check() is None


def test_installations_do_not_disturb_each_other(worker: Worker) -> None:
    mine(worker())
    assert isinstance(worker("two").take("plant!" + HERE, "run-1", 1, 1, jti(5)), Mine)


def test_clocks_of_two_workers_may_differ_by_days(worker: Worker, clock: Clock) -> None:
    other = Clock(clock.now - 3 * 86_400)
    first = mine(worker())
    other.then = lambda: first.confirm() if other.slept < 10 else None
    assert take(worker("two", clock=other, sleep=other.sleep)) == Interrupted(run="run-1", worker="one")
    assert 13 <= other.slept <= 14


def test_what_a_dead_run_has_finished_is_adopted(worker: Worker) -> None:
    assert worker().adopted(HERE) is None
    first = mine(worker())
    at_it = Adopted(run="run-1", fence=7, seq=1, jti=jti(1), done=False, answer=None)
    assert worker("two").adopted(HERE) == at_it
    first.finish("done")
    assert worker("two").adopted(HERE) == Adopted(run="run-1", fence=7, seq=1, jti=jti(1), done=True, answer="done")


def test_an_answer_is_forgotten_after_an_hour_and_its_order_is_not(worker: Worker) -> None:
    mine(worker()).finish("done")
    now = time.time()
    assert (worker().forget(now + 3590), worker().forget(now + 3700), worker().forget(now + 3700)) == (0, 1, 0)
    assert take(worker("two")) == Interrupted(run="run-1", worker="one")
    assert isinstance(take(worker("two"), 2), Fenced)


def test_an_answer_that_vault_would_not_take_is_not_kept(worker: Worker) -> None:
    assert mine(worker()).finish("x" * (MOST + 1)) is None
    assert take(worker("two")) == Interrupted(run="run-1", worker="one")
    mine(worker(), 2, seq=2).finish("x" * MOST)
    assert take(worker("two"), 2, seq=2) == Done(answer="x" * MOST)


def test_a_claim_whose_answer_was_lost_is_ours(worker: Worker, store: VaultStore) -> None:
    losing = Losing(store.api)
    losing.lost = 1
    claim = mine(worker(store=losing))
    assert (claim.check(), claim.confirm(), claim.finish("done")) == (None, None, None)
    assert take(worker("two")) == Done(answer="done")


def test_where_vault_is_down_nothing_is_begun(
    worker: Worker, store: VaultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise VaultUnreachable("connection refused")

    claims = worker()
    monkeypatch.setattr(store.api, "ask", down)
    with pytest.raises(VaultUnreachable):
        take(claims)


@pytest.mark.parametrize(
    "odd",
    [{"a": 1}, {"state": "kept"}, {"fence": "7"}, {"fence": True}, {"more": 1}],
    ids=["another", "state", "text", "bool", "more"],
)
def test_what_is_no_claim_is_not_written_over(worker: Worker, store: VaultStore, odd: dict[str, object]) -> None:
    claim = mine(worker())
    known = store.read_json(claim.path).data or {}
    store.write_timed(claim.path, odd if "a" in odd else {**known, **odd}, cas=None)
    with pytest.raises(EngineError, match="is no claim"):
        take(worker("two"), 2, seq=2)
    assert claim.confirm() == f"{claim.path} is no claim"


def test_two_workers_that_race_for_a_message_carry_it_out_once(worker: Worker, store: VaultStore) -> None:
    for number in range(50):
        found = at_once([worker(str(one), clock=lambda: 0.0, sleep=_briefly) for one in (1, 2)], number)
        assert [type(one) for one in found].count(Mine) == 1
        assert [one for one in found if isinstance(one, Done)] == [Done(answer=f"answer to {number}")]


def test_of_six_copies_one_is_carried_out_and_five_get_its_answer(worker: Worker) -> None:
    found = at_once([worker(str(one), clock=lambda: 0.0, sleep=_briefly) for one in range(6)], 1)
    assert [type(one) for one in found].count(Mine) == 1
    assert [one for one in found if not isinstance(one, Mine)] == [Done(answer="answer to 1")] * 5


def at_once(workers: Sequence[Claims], number: int) -> list[Taken]:
    """Each of them is given the same message at the same moment; who gets the claim ends it."""
    ready = Barrier(len(workers))

    def delivered(claims: Claims) -> Taken:
        ready.wait(30)
        found = claims.take(HERE, "run-1", 7, number + 1, jti(number))
        if isinstance(found, Mine):
            found.finish(f"answer to {number}")
        return found

    with ThreadPoolExecutor(len(workers)) as pool:
        return list(pool.map(delivered, workers))


def _briefly(_: float) -> None:
    Event().wait(0.005)


def test_a_heart_beats_until_its_unit_has_ended(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.engine.claims.mine.BEAT", 0.001)
    beaten, hearts = Event(), list[Thread]()

    def heart(mine: Mine) -> None:
        hearts.append(Thread(target=mine.beat))
        hearts[0].start()

    class Seen(Losing):
        def write_json(self, path: str, data: Any, *, cas: int) -> int:
            if data["beat"] >= 3:
                beaten.set()
            return super().write_json(path, data, cas=cas)

    claim = mine(worker(store=Seen(worker().store.api), clock=lambda: 0.0, heart=heart))
    assert beaten.wait(30)
    assert claim.finish("done") is None
    hearts[0].join(30)
    assert not hearts[0].is_alive()
