"""What holds for every backend."""

from __future__ import annotations

import pytest
from lab.servers.vault import VaultServer

from reconciler.errors import LockedError, StateError
from reconciler.model.landscape import StateSpec, StoreSpec
from reconciler.secrets.stores import Secrets
from reconciler.state.choose import open_state

OTHER = "https://other.example.com"


def test_saved_is_loaded_by_the_next_run(spec, secrets, installation: str, entry) -> None:
    first = (entry("mail_servers[bulk]"), entry("mail_servers[main]"))
    open_state(spec, secrets).save(installation, first)
    later = open_state(spec, secrets)
    assert later.load([installation, OTHER]) == {installation: first}
    assert later.installations() == (installation,)


def test_save_replaces_what_was_there(state, installation: str, entry) -> None:
    state.save(installation, (entry("farm"), entry("mail_servers[main]")))
    state.save(installation, (entry("farm", host="new.example.com"),))
    assert state.load([installation]) == {installation: (entry("farm", host="new.example.com"),)}


def test_installation_without_entries_is_left_out(state, installation: str, entry) -> None:
    state.save(installation, (entry(),))
    state.save(installation, ())
    assert state.load([installation]) == {}
    assert state.installations() == ()


def test_nothing_saved_yet_is_no_error(state, installation: str) -> None:
    assert state.load([installation]) == {}
    assert state.installations() == ()


def test_installations_are_kept_apart(state, installation: str, entry) -> None:
    state.save(installation, (entry(),))
    state.save(OTHER, (entry(installation=OTHER, host="x"),))
    assert state.installations() == (installation, OTHER)
    assert set(state.load([OTHER])) == {OTHER}


def test_lock_keeps_a_second_run_out_and_names_the_first(spec, secrets, installation: str) -> None:
    first, second = open_state(spec, secrets), open_state(spec, secrets)
    with (
        first.lock(installation, "ana, run 8123"),
        pytest.raises(LockedError, match=r"holds the lock: ana, run 8123(, pid \d+ on .+)?, for \d s$") as caught,
        second.lock(installation, "ben"),
    ):
        pass
    assert (caught.value.why or "").startswith("since 20")
    assert caught.value.fix


def test_lock_is_per_installation(state, installation: str) -> None:
    with state.lock(installation, "ana"), state.lock(OTHER, "ben"):
        pass


def test_lock_can_be_taken_again_when_it_is_released(state, installation: str) -> None:
    for owner in ("ana", "ben"):
        with state.lock(installation, owner):
            pass


def test_lock_is_released_by_an_exception_which_goes_on(state, installation: str) -> None:
    with pytest.raises(KeyError, match="mine"), state.lock(installation, "ana"):
        raise KeyError("mine")
    with state.lock(installation, "ben"):
        pass


def test_lock_is_no_installation(state, installation: str) -> None:
    with state.lock(installation, "ana"):
        assert state.installations() == ()


def test_unknown_backend_is_an_error(secrets) -> None:
    with pytest.raises(StateError, match="unknown state backend s3"):
        open_state(StateSpec(backend="s3", path="x"), secrets)


@pytest.mark.parametrize(
    ("store", "options", "says"),
    [
        pytest.param("other", {}, "secret store other is not declared", id="store"),
        pytest.param("default", {"kv": 1}, "cannot keep state", id="KV v1"),
        pytest.param("default", {"address": "http://127.0.0.1:1"}, "cannot be reached", id="down"),
        pytest.param("default", {"mount": "nowhere"}, "nothing is mounted at nowhere/", id="mount"),
    ],
)
def test_store_that_fails_is_a_state_error(
    vault: VaultServer, monkeypatch, tmp_path, store: str, options: dict[str, object], says: str
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", vault.root_token)
    spec = StoreSpec(name="default", type="vault", options={"address": vault.address, **options})
    with Secrets({"default": spec}, base=tmp_path) as secrets, pytest.raises(StateError, match=says):
        open_state(StateSpec(backend="vault", path="state", store=store), secrets).load(["x"])
