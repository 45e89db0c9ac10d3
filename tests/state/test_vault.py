from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lab.servers.vault import VaultServer

from reconciler.errors import LockedError, StateError
from reconciler.state.applied import slug
from reconciler.state.lock import Lease
from reconciler.state.vault import VaultState

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def lease(secrets, path: str):
    """A lease as it looks some minutes after noon."""

    def made(owner: str, minutes: int = 0) -> Lease:
        now = NOON + timedelta(minutes=minutes)
        store = secrets.vault("default")
        return Lease(store=store, path=path, installation="openspp", owner=owner, now=lambda: now)

    return made


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


def test_lease_names_holder_age_end_and_way_out(lease, path: str, monkeypatch) -> None:
    monkeypatch.setenv("CI_JOB_URL", "https://gitlab.example.com/jobs/7")
    monkeypatch.delenv("GITHUB_RUN_ID", raising=False)
    with lease("ana").held(), pytest.raises(LockedError) as caught, lease("ben", 12).held():
        pass
    assert (
        caught.value.what == "openspp: another run holds the lock: ana, https://gitlab.example.com/jobs/7, for 12 min"
    )
    assert caught.value.why == "since 2026-11-20T12:00:00Z; it expires at 2026-11-20T12:30:00Z"
    assert path in (caught.value.fix or "")


def test_lease_that_expired_is_taken_over(lease) -> None:
    lease("died")._acquire()
    with lease("ben", 31).held(), pytest.raises(LockedError, match="lock: ben"), lease("eve", 40).held():
        pass


def test_lease_that_was_taken_over_is_not_released_by_the_first(lease, caplog) -> None:
    first = lease("slow")._acquire()
    lease("ben", 31)._acquire()
    lease("slow", 32)._release(first)
    assert "was taken over" in caplog.text
    with pytest.raises(LockedError, match="lock: ben"), lease("eve", 33).held():
        pass


def test_lease_is_lost_to_who_writes_between_look_and_take(lease, secrets, monkeypatch) -> None:
    late = lease("late")
    found = late.store.read_json(late.path)
    lease("ana")._acquire()
    answers = iter([found])
    read = late.store.read_json
    monkeypatch.setattr(late.store, "read_json", lambda path: next(answers, None) or read(path))
    with pytest.raises(LockedError, match="lock: ana"), late.held():
        pass


def test_lease_that_cannot_be_released_does_not_hide_what_happened(lease, vault, caplog, monkeypatch) -> None:
    token = vault.token("root")
    monkeypatch.setenv("VAULT_TOKEN", token)

    def run_that_fails() -> None:
        with lease("ana").held():
            vault.api("POST", "auth/token/revoke", {"token": token})
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_that_fails()
    assert "could not be released" in caplog.text
    assert token not in caplog.text
