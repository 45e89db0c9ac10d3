"""One real Vault for this folder, and workers that share it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from lab.servers.vault import VaultServer
from support.claiming import Clock, Worker, opened

from reconciler.engine.claims.claims import Claims
from reconciler.secrets.vault.store import VaultStore


@pytest.fixture(scope="session")
def vault() -> Iterator[VaultServer]:
    with VaultServer() as server:
        yield server


@pytest.fixture(scope="session")
def store(vault: VaultServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultStore]:
    with opened(vault, tmp_path_factory.mktemp("store")) as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def worker(store: VaultStore, clock: Clock) -> Worker:
    """Workers of one zone. Their hearts beat when the test says so."""
    path = f"reconciler/claims-{uuid.uuid4().hex[:8]}"

    def made(name: str = "one", **changed: Any) -> Claims:
        known: dict[str, Any] = {"store": store, "clock": clock, "sleep": clock.sleep, "heart": lambda mine: None}
        return Claims(path=path, worker=name, **{**known, **changed})

    return made
