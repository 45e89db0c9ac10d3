"""One real Vault for this folder, and both backends of the state."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab.servers.vault import VaultServer

from reconciler.model.address import Address
from reconciler.model.landscape import StateSpec, StoreSpec
from reconciler.model.ports import State
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Applied, AppliedSecret
from reconciler.secrets.stores import Secrets
from reconciler.state.choose import open_state

INSTALLATION = "https://openspp.example.com prod"

Entry = Callable[..., Applied]


@pytest.fixture(scope="session")
def vault() -> Iterator[VaultServer]:
    with VaultServer() as server:
        yield server


@pytest.fixture
def secrets(vault: VaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Secrets]:
    monkeypatch.setenv("VAULT_TOKEN", vault.root_token)
    spec = StoreSpec(name="default", type="vault", options={"address": vault.address, "timeout": 2})
    with Secrets({"default": spec}, base=tmp_path) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def path() -> str:
    """Where a test keeps its state in Vault."""
    return f"reconciler/{uuid.uuid4().hex[:8]}"


@pytest.fixture(params=["file", "vault"])
def spec(request: pytest.FixtureRequest, folder: Path, path: str) -> StateSpec:
    return StateSpec(backend=request.param, path=str(folder) if request.param == "file" else path)


@pytest.fixture
def state(spec: StateSpec, secrets: Secrets) -> State:
    return open_state(spec, secrets)


@pytest.fixture
def installation() -> str:
    return INSTALLATION


@pytest.fixture
def entry() -> Entry:
    def made(resource: str = "mail_servers[main]", installation: str = INSTALLATION, **settings: object) -> Applied:
        ref = SecretRef(store="default", path="mail/prod/x", key="password", version=None)
        version = SecretVersion(number=3, created_time="2026-11-20T11:02:38.371586478Z")
        return Applied(
            installation=installation,
            address=Address.parse(f"prod/openspp:{resource}"),
            settings=settings or {"host": "smtp.example.com", "port": 587},  # type: ignore[arg-type]
            secrets={"password": AppliedSecret(ref=ref, version=version)},
            marker="2026-11-20 11:00:00",
            run="8123",
            at="2026-11-20T11:03:00Z",
        )

    return made
