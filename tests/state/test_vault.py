from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lab.servers.vault import VaultServer

from reconciler.errors import LockedError, StateError, VaultUnreachable
from reconciler.model.runs.lease import Holder
from reconciler.state import process, vault_lease
from reconciler.state.applied import slug
from reconciler.state.vault import VaultState

Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def state(secrets, path: str) -> Callable[[], VaultState]:
    """Each call is another run."""
    return lambda: VaultState(secrets.vault("default"), path)


@pytest.fixture
def edited(vault: VaultServer, path: str) -> Callable[[Edit], None]:
    """Changes the first lease as it is kept."""

    def edit(how: Edit) -> None:
        found = vault.api("GET", f"secret/data/{path}/locks/leases")["data"]["data"]
        how(found["leases"][0])
        vault.put(f"{path}/locks/leases", **found)

    return edit


def left(state: VaultState, installation: str, owner: str = "died") -> None:
    """A run that was killed elsewhere: nobody renews its lease, and nobody gives it back."""
    state._leases._taken(f"nonce-{owner}", [installation], Holder(owner=owner, run="7"), 0.0)


def at(minutes: int) -> str:
    return f"{datetime.now(tz=UTC) + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


def test_lost_race_is_a_state_error(secrets, path: str, installation: str, entry) -> None:
    first, second = (VaultState(secrets.vault("default"), path) for _ in range(2))
    for state in (first, second):
        state.load([installation])
    first.save(installation, (entry("farm"),))
    with pytest.raises(StateError, match="another run wrote"):
        second.save(installation, (entry(),))
    assert first.load([installation]) == {installation: (entry("farm"),)}


def test_save_after_somebody_deleted_it(vault: VaultServer, secrets, path: str, installation: str, entry) -> None:
    state = VaultState(secrets.vault("default"), path)
    state.save(installation, (entry(),))
    vault.api("DELETE", f"secret/data/{path}/shard-0001")
    assert state.load([installation]) == {}
    state.save(installation, (entry(),))
    assert state.load([installation]) == {installation: (entry(),)}


def test_corrupted_document_is_named(vault: VaultServer, secrets, path: str, installation: str) -> None:
    vault.put(f"{path}/{slug(installation)}", entries="nonsense")
    with pytest.raises(StateError, match="is corrupted") as caught:
        VaultState(secrets.vault("default"), path).load([installation])
    assert path in caught.value.what


def test_lease_names_holder_age_end_and_way_out(state, installation: str, edited, monkeypatch) -> None:
    monkeypatch.setenv("CI_JOB_URL", "https://gitlab.example.com/jobs/7")
    with state().lock(installation, "ana") as lease:
        edited(lambda one: one.update(since=at(-12)))
        with pytest.raises(LockedError) as caught, state().lock(installation, "ben"):
            pass
    who = f"{installation}: another run holds the lock: ana, https://gitlab.example.com/jobs/7, for 12 min"
    assert caught.value.what == who
    assert (caught.value.why or "").startswith("since 20")
    assert "it expires at" in (caught.value.why or "")
    assert f"reconciler unlock {lease.nonce} --reason" in (caught.value.fix or "")


def test_lease_that_expired_is_taken_over_and_the_run_heard_of(state, installation: str, edited) -> None:
    left(state(), installation)
    edited(lambda one: one.update(expires=at(-1), process=None))
    with state().lock(installation, "ben") as lease:
        assert [one.run for one in lease.cut_off] == ["7"]
        with pytest.raises(LockedError, match="lock: ben"), state().lock(installation, "eve"):
            pass
        lease.settled([installation])
    assert state().locks() == ()


def test_lease_of_a_process_that_is_gone_from_this_machine_needs_no_waiting(state, installation: str, edited) -> None:
    left(state(), installation)
    mine = process.identity()
    assert mine is not None
    edited(lambda one: one.update(process="/".join([*mine.split("/")[:2], "4194303", "1"])))
    with state().lock(installation, "ben"):
        pass


def test_lease_of_another_machine_counts_until_it_expires(state, installation: str, edited) -> None:
    left(state(), installation)
    edited(lambda one: one.update(process="another-boot/pid:[1]/4194303/1"))
    with pytest.raises(LockedError, match="lock: died"), state().lock(installation, "ben"):
        pass


def test_lease_that_was_taken_over_is_lost_at_the_next_beat(state, installation: str, edited, entry) -> None:
    slow = state()
    with slow.lock(installation, "slow") as lease:
        lease.check()
        edited(lambda one: one.update(expires=at(-1), process=None))
        with state().lock(installation, "ben"):
            lease.confirm()
            with pytest.raises(LockedError, match="lost its lease: taken over by ben"):
                lease.check()
            with pytest.raises(LockedError):
                slow.save(installation, [entry()])
    assert state().load([installation]) == {}


def test_a_beat_renews_the_lease(state, installation: str, edited) -> None:
    with state().lock(installation, "ana") as lease:
        edited(lambda one: one.update(expires=at(0)))
        lease.confirm()
        [lock] = state().locks()
        assert lock.alive
        assert str(lock.held.expires) > at(1)


def test_a_lease_that_vault_does_not_confirm_in_time_is_lost(state, installation: str, monkeypatch) -> None:
    with state().lock(installation, "ana") as lease:
        monkeypatch.setattr(vault_lease, "LASTS", 0.0)
        with pytest.raises(LockedError, match="Vault has not confirmed it for"):
            lease.check()


def test_a_run_that_lost_its_lease_cannot_write_what_a_later_one_has_written(
    state, installation: str, edited, entry
) -> None:
    slow = state()
    with slow.lock(installation, "slow"):
        edited(lambda one: one.update(expires=at(-1), process=None))
        quick = state()
        with quick.lock(installation, "ben"):
            quick.save(installation, [entry()])
        slow.load([installation])  # it has not noticed yet
        with pytest.raises(StateError, match="a later run has written it"):
            slow.save(installation, [])


@pytest.mark.parametrize("arrives", [True, False], ids=["the write arrived", "it did not"])
def test_a_lost_answer_locks_nobody_out(state, installation: str, monkeypatch, arrives: bool) -> None:
    one = state()
    store, calls = one._store, []
    write = store.write_json

    def lossy(path: str, data: dict[str, Any], *, cas: int) -> int:
        calls.append(path)
        if len(calls) == 1:
            if arrives:
                write(path, data, cas=cas)
            raise VaultUnreachable("the answer was lost")
        return write(path, data, cas=cas)

    monkeypatch.setattr(store, "write_json", lossy)
    if arrives:
        with one.lock(installation, "ana"):
            assert len(state().locks()) == 1
    else:
        with pytest.raises(StateError, match="the answer was lost"), one.lock(installation, "ana"):
            pass
    monkeypatch.undo()
    assert state().locks() == ()


def test_lease_is_lost_to_who_writes_between_look_and_take(state, installation: str, monkeypatch) -> None:
    late = state()
    found = late._store.read_json(late._leases.path)
    with state().lock(installation, "ana"):
        answers = iter([found])
        read = late._store.read_json
        monkeypatch.setattr(late._store, "read_json", lambda path: next(answers, None) or read(path))
        with pytest.raises(LockedError, match="lock: ana"), late.lock(installation, "late"):
            pass


def test_unlock_ends_a_lease_and_its_run_notices(state, installation: str) -> None:
    with state().lock(installation, "ana") as lease:
        assert state().unlock(lease.nonce, "ben: hangs").alive
        with pytest.raises(LockedError), state().lock(installation, "eve"):  # not before the first one had to notice
            pass
        lease.confirm()
        with pytest.raises(LockedError, match="lost its lease: ben: hangs"):
            lease.check()
    assert state().locks() == ()


def test_unlock_of_a_run_that_is_dead_frees_it_at_once(state, installation: str, edited) -> None:
    left(state(), installation)
    edited(lambda one: one.update(expires=at(-1), process=None))
    assert not state().unlock("nonce-died", "it is dead").alive
    assert state().locks() == ()


def test_one_lease_holds_all_installations_of_a_run(vault: VaultServer, state, path: str) -> None:
    names = [f"https://{number}.example.com" for number in range(50)]
    with state().lease(names, Holder(owner="ana")) as lease:
        assert lease.refused == {}
        metadata = vault.api("GET", f"secret/metadata/{path}/locks/leases")["data"]
        assert metadata["current_version"] == 1
        assert vault.api("LIST", f"secret/metadata/{path}/locks")["data"]["keys"] == ["clock", "leases"]


def test_a_token_that_ends_soon_is_renewed_before_the_first_lock(vault, state, installation, monkeypatch) -> None:
    token = vault.token("root", ttl="100s", renewable=True, explicit_max_ttl="10m")
    vault.api("POST", "auth/token/renew", {"token": token, "increment": "40s"})
    monkeypatch.setenv("VAULT_TOKEN", token)
    with state().lock(installation, "ana"):
        assert vault.api("GET", "auth/token/lookup-self", token=token)["data"]["ttl"] > 60


def test_a_token_that_ends_too_soon_begins_nothing(vault, state, installation, monkeypatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", vault.token("root", ttl="59s", renewable=False))
    with pytest.raises(StateError, match=r"the token of store default ends in \d+ s") as caught:
        state().lock(installation, "ana").__enter__()
    assert "token_ttl" in (caught.value.fix or "")


def test_lease_that_cannot_be_released_does_not_hide_what_happened(
    state, installation: str, vault, caplog, monkeypatch
) -> None:
    token = vault.token("root")
    monkeypatch.setenv("VAULT_TOKEN", token)

    def run_that_fails() -> None:
        with state().lock(installation, "ana"):
            vault.api("POST", "auth/token/revoke", {"token": token})
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_that_fails()
    assert "could not be released" in caplog.text
    assert token not in caplog.text


def test_six_runs_at_once_never_hold_the_same(state, installation: str) -> None:
    import threading

    inside, most, told = [], [], []

    def run(number: int) -> None:
        try:
            with state().lease([installation], Holder(owner=str(number)), wait=20) as lease:
                if lease.refused:
                    return
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)
                told.append(lease.fence)
        except StateError as error:
            told.append(error.what)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(most) == {1}
    assert len(set(told)) == len(told)
    assert all(isinstance(one, int) for one in told), told
