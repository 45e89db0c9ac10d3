"""engine/claims/mine.py: who has a claim is refused its next request as soon as it is not certain any more."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.servers.vault import VaultServer
from support.claiming import Clock, Losing, Worker, mine, opened, take

from reconciler.engine.claims.results import Done, Interrupted
from reconciler.errors import VaultUnreachable
from reconciler.model.finding import Finding
from reconciler.model.ports import Permit
from reconciler.secrets.vault.store import VaultStore


def rule(found: Finding | None) -> str | None:
    return found.rule if found else None


def test_a_claim_is_a_permit(worker: Worker) -> None:
    stops = [False]
    permit: Permit = mine(worker(), stop=lambda: stops[0])
    assert (permit.run, permit.fence, permit.stopped(), permit.held()) == ("run-1", 7, False, None)
    stops[0] = True
    assert permit.stopped()


def test_a_beat_is_asked_for_once_the_last_one_is_no_longer_fresh(worker: Worker, clock: Clock) -> None:
    claim = mine(worker())
    for passed, beats in ((1.9, 0), (0.1, 1), (1.9, 1), (1.0, 2)):
        clock.now += passed
        assert (claim.check(), claim.claim.beat) == (None, beats)


@pytest.mark.parametrize("looked", [False, True], ids=["nobody looked", "somebody took over"])
def test_a_process_that_was_frozen_writes_nothing(worker: Worker, clock: Clock, *, looked: bool) -> None:
    claim = mine(worker())
    if looked:
        take(worker("two"))
    clock.now = claim.confirmed + 4.0
    refused = claim.check()
    assert refused is not None
    assert (refused.rule, refused.why) == ("claim-lost", "it stood still, or Vault did, for 4 s")
    clock.now = claim.confirmed
    assert rule(claim.check()) == "claim-lost"  # for good


def test_a_heart_that_beats_keeps_a_claim_without_a_question(worker: Worker, clock: Clock) -> None:
    claim = mine(worker())
    for _ in range(60):
        clock.now += 1
        assert claim.confirm() is None
        assert claim.check() is None
    assert claim.claim.beat == 60


def test_a_vault_that_is_slow_to_confirm_is_no_permission(worker: Worker, clock: Clock, store: VaultStore) -> None:
    class Slow(VaultStore):
        def write_json(self, path: str, data: object, *, cas: int) -> int:
            clock.now += 3.5 if cas else 0
            return super().write_json(path, data, cas=cas)  # type: ignore[arg-type]  # as it came

    claim = mine(worker(store=Slow(store.api)))
    clock.now += 2
    refused = claim.check()
    assert refused is not None
    assert (refused.rule, refused.why) == ("claim-unconfirmed", "it took 4 s to answer")


def test_a_sealed_vault_ends_the_writing(worker: Worker, clock: Clock, tmp_path: Path) -> None:
    with VaultServer() as own, opened(own, tmp_path) as store:
        claim = mine(worker(store=store))
        own.seal()
        assert claim.check() is None  # the last beat is fresh
        clock.now += 2
        assert rule(claim.check()) == "claim-unconfirmed"
        assert rule(claim.finish("done", sleep=clock.sleep)) == "claim-unconfirmed"
        assert rule(claim.check()) == "claim-lost"  # its unit has ended


def test_a_vault_that_answers_again_in_time_lets_the_writing_go_on(
    worker: Worker, clock: Clock, store: VaultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise VaultUnreachable("connection refused")

    claim = mine(worker())
    clock.now += 2
    with monkeypatch.context() as patch:
        patch.setattr(store.api, "ask", down)
        refused = claim.check()
        assert refused is not None
        assert refused.why == "connection refused"
    assert claim.check() is None


@pytest.mark.parametrize("lost", [1, 2])
def test_beats_and_answers_that_arrived_count_although_vault_did_not_say_so(
    worker: Worker, clock: Clock, store: VaultStore, lost: int
) -> None:
    losing = Losing(store.api)
    claim = mine(worker(store=losing))
    for beats in (2, 4):
        losing.lost = 1
        assert claim.confirm() == "the answer did not arrive"
        assert (claim.confirm(), claim.claim.beat) == (None, beats)
    losing.lost = lost
    assert claim.finish("done", sleep=clock.sleep) is None
    assert take(worker("two")) == Done(answer="done")


def test_what_happened_is_kept_although_nothing_more_may_be_written(worker: Worker, clock: Clock) -> None:
    claim = mine(worker())
    clock.now += 5
    assert rule(claim.check()) == "claim-lost"
    assert claim.finish("half of it") is None
    assert take(worker("two")) == Done(answer="half of it")


def test_who_was_taken_over_keeps_nothing(worker: Worker, clock: Clock) -> None:
    claim = mine(worker())
    assert take(worker("two")) == Interrupted(run="run-1", worker="one")
    clock.now = claim.confirmed
    assert rule(claim.finish("done")) == "claim-lost"
    assert take(worker("three")) == Interrupted(run="run-1", worker="one")


def test_a_unit_that_breaks_off_stops_its_heart(worker: Worker) -> None:
    with pytest.raises(RuntimeError), mine(worker()) as claim:
        raise RuntimeError
    claim.beat()  # returns at once
    assert claim.claim.beat == 0
    assert take(worker("two")) == Interrupted(run="run-1", worker="one")


def test_a_claim_that_is_gone_is_lost(worker: Worker, clock: Clock, vault: VaultServer) -> None:
    claim = mine(worker())
    vault.api("DELETE", f"secret/metadata/{claim.path}")
    clock.now += 2
    refused = claim.check()
    assert refused is not None
    assert refused.why == "it is gone from Vault"


def test_a_beat_that_arrived_long_ago_is_no_confirmation(worker: Worker, clock: Clock, store: VaultStore) -> None:
    losing = Losing(store.api)
    claim = mine(worker(store=losing))
    clock.now += 1
    losing.lost = 1
    claim.confirm()
    before = claim.confirmed
    losing.lost = 1
    clock.now += 2.5
    assert claim.confirm() == "the answer did not arrive"
    assert claim.confirmed == before
