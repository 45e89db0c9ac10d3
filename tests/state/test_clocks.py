"""The clock of a machine that is half an hour wrong: leases go by the store's time, and who holds one keeps it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from lab.servers.vault import VaultServer

from reconciler.errors import LockedError
from reconciler.model.ports import State
from reconciler.model.runs.lease import Holder
from reconciler.state import vault_leases  # noqa: F401  # its clock is to be wrong too
from reconciler.state.choose import open_state
from reconciler.state.vault import VaultState

Clock = Callable[[int], Any]
MINUTES = (-31, 31)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """`with clock(31):` all of reconciler believes that it is so many minutes later."""

    @contextmanager
    def wrong(minutes: int) -> Iterator[None]:
        off, real = timedelta(minutes=minutes), time.time

        class Wrong(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # of the real one
                return datetime.now(tz) + off

        with monkeypatch.context() as patch:
            for name, module in list(sys.modules.items()):
                if name.startswith("reconciler.") and getattr(module, "datetime", None) is datetime:
                    patch.setattr(module, "datetime", Wrong)
            patch.setattr(time, "time", lambda: real() + off.total_seconds())
            yield

    return wrong


@pytest.mark.parametrize("minutes", MINUTES)
def test_a_lease_is_not_taken_from_its_run_whoever_has_the_wrong_clock(
    spec, secrets, clock: Clock, installation: str, minutes: int
) -> None:
    """Both ways: of who holds it, and of who asks."""
    with open_state(spec, secrets).lock(installation, "ana") as lease, clock(minutes):
        with pytest.raises(LockedError, match="ana"), open_state(spec, secrets).lock(installation, "ben"):
            pass
        lease.check()
    with clock(minutes), open_state(spec, secrets).lock(installation, "ana") as lease:
        with clock(-minutes), pytest.raises(LockedError), open_state(spec, secrets).lock(installation, "ben"):
            pass
        lease.check()


@pytest.mark.parametrize("minutes", MINUTES)
def test_what_a_run_writes_under_a_wrong_clock_is_found_by_the_next(
    spec, secrets, clock: Clock, installation: str, entry, minutes: int
) -> None:
    with clock(minutes):
        written: State = open_state(spec, secrets)
        with written.lease([installation], Holder(owner="ana", run="7")) as lease:
            journal = written.journal.begin(lease.nonce, {"event": "begin", "run": "7"})
            written.save(installation, [entry()])
            journal.close({"event": "end"})
    later = open_state(spec, secrets)
    with later.lock(installation, "ben"):
        later.save(installation, [entry("farm")])
    assert later.load([installation]) == {installation: (entry("farm"),)}
    assert later.journal.faults() == ()


@pytest.mark.parametrize("minutes", MINUTES)
def test_a_lease_in_vault_ends_by_the_clock_of_vault(
    vault: VaultServer, secrets, clock: Clock, path: str, installation: str, minutes: int
) -> None:
    """One that has just been taken is alive, and one whose time is up is not, also for who believes otherwise."""
    VaultState(secrets.vault("default"), path)._leases._taken("nonce-7", [installation], Holder(owner="died"), 0.0)
    with clock(minutes):
        found = vault.api("GET", f"secret/data/{path}/locks/leases")["data"]["data"]
        found["leases"][0]["process"] = None
        vault.put(f"{path}/locks/leases", **found)
        assert [lock.alive for lock in VaultState(secrets.vault("default"), path).locks()] == [True]
        ended = datetime.fromisoformat(found["leases"][0]["expires"]) - timedelta(seconds=100)
        found["leases"][0]["expires"] = ended.strftime("%Y-%m-%dT%H:%M:%SZ")
        vault.put(f"{path}/locks/leases", **found)
        assert [lock.alive for lock in VaultState(secrets.vault("default"), path).locks()] == [False]
        with VaultState(secrets.vault("default"), path).lock(installation, "ben") as lease:
            assert [one.owner for one in lease.cut_off] == ["died"]
