"""A zone with a real Vault, an Odoo, a relay and a worker, and the landscape of whoever is outside. No secret of it may
travel, be logged or be kept."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab import canary
from lab.servers.odoo import OdooStandIn, User
from lab.servers.smtp import pki
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.vault import VaultServer
from support import zone_keys
from support.site import Site
from support.zone_engine import ZoneEngine
from support.zone_worker import ZoneWorker

from reconciler.model.landscape import TargetSpec
from reconciler.model.outcome import Outcome
from reconciler.pipeline.observe import targets


@pytest.fixture(scope="session")
def vault() -> Iterator[VaultServer]:
    with VaultServer() as server:
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return pki.make(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def relay(certificates: Pki) -> Iterator[SmtpRelay]:
    with SmtpRelay(certificate=certificates.good) as server:
        yield server


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Vault of whoever runs the tests; a canary where a message may not look."""
    for name in [name for name in os.environ if name.startswith(("VAULT_", "BAO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WORKERS_OWN", canary.token())


@pytest.fixture
def zone(
    vault: VaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[ZoneWorker]:
    folder = tmp_path / "worker"
    folder.mkdir()
    made = ZoneWorker(folder, vault, uuid.uuid4().hex[:8])
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(made.redactor)
    try:
        yield made
    finally:
        made.close()
        caplog.handler.removeFilter(made.redactor)
    assert made.leaks() == []
    assert canary.leaks(caplog.text + "".join(capfd.readouterr())) == []


@dataclass(eq=False)
class Outside:
    """Whoever plans and applies: its files name a Vault that nobody may ask, and its zone has everything."""

    site: Site
    zone: ZoneWorker
    odoo: OdooStandIn
    relay: SmtpRelay
    user: str
    documents: dict[str, dict[str, Any]]

    @property
    def console(self) -> dict[str, Any]:
        return self.documents["dev/openspp.yaml"]

    @property
    def submission(self) -> dict[str, Any]:
        found: dict[str, Any] = self.documents["dev/environment.yaml"]["relays"]["submission"]
        return found

    def write(self) -> None:
        for name, content in self.documents.items():
            self.site.write(name, yaml.safe_dump(content, sort_keys=False))

    def spec(self) -> TargetSpec:
        (found,) = targets.specs(self.site.land(), ["dev/openspp"])
        return found

    def apply(self) -> dict[str, Outcome]:
        """A run of its own: plan and apply."""
        self.zone.fence += 1
        self.zone.run = f"run-{self.zone.fence}"
        return self.site.apply()

    def rotate(self) -> int:
        """A new password for the relay; answers with its version."""
        self.relay.users[self.user] = password = canary.secret()
        return self.zone.vault.put(f"mail/{self.zone.area}", password=password)

    def rows(self) -> list[dict[str, Any]]:
        return self.odoo.records("ir.mail_server")


@pytest.fixture
def outside(
    zone: ZoneWorker, relay: SmtpRelay, certificates: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Outside]:
    key, folder = canary.token(), tmp_path / "outside"
    (folder / "keys").mkdir(parents=True)
    zone_keys.make(folder / "keys", "dmz")
    monkeypatch.chdir(folder)
    robot = User(login="reconciler", password=canary.secret(), email="it@example.org", api_key=key)
    zone.vault.put(f"platforms/{zone.area}", api_key=key)
    with OdooStandIn(19, users=[robot], ca_file=certificates.ca_file) as odoo:
        user = f"dev-{zone.area}@example.org"
        made = Outside(
            Site(folder, engine=ZoneEngine(zone)), zone, odoo, relay, user, _documents(zone, odoo, relay, user)
        )
        made.submission["ca_file"] = certificates.ca_file
        made.rotate()
        made.write()
        yield made
    for file in folder.rglob("*"):
        assert not file.is_file() or not canary.leaks_in(file.read_bytes()), file


def _documents(zone: ZoneWorker, odoo: OdooStandIn, relay: SmtpRelay, user: str) -> dict[str, dict[str, Any]]:
    engine = {
        "type": "celery",
        "broker": "amqps://coordinator@rabbit.example.com/reconciler",
        "signing_key": {"env": "NOBODY_OPENS_IT"},
        "zones": {"dmz": {"key": "keys/dmz.pub"}},
    }
    submission = {
        "host": "localhost",
        "port": relay.port,
        "encryption": "starttls",
        "auth": "basic",
        "username": user,
        "password": {"vault": f"mail/{zone.area}#password"},
    }
    return {
        "reconciler.yaml": {
            "version": 1,
            "secret_stores": {"default": {"type": "vault", "address": "http://127.0.0.1:1"}},
            "engine": engine,
        },
        "dev/environment.yaml": {
            "order": 10,
            "zone": "dmz",
            "relays": {"submission": submission},
            "verify": {"level": "auth"},
        },
        "dev/openspp.yaml": {
            "platform": "openspp",
            "connection": {
                "url": odoo.url,
                "database": "lab",
                "username": "reconciler",
                "api_key": {"vault": f"platforms/{zone.area}#api_key"},
                "timeout": 5,
            },
            "mail_servers": {"main": {"relay": "submission", "priority": 10}},
        },
    }
