"""Real servers for the whole folder, and a landscape of its own for each test. No secret of it may show anywhere."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from lab import canary
from lab.servers.odoo import OdooStandIn, User
from lab.servers.smtp import pki
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.vault import VaultServer
from support.commandline import TOP, Ran, inside, spawned
from support.landscape import Landscape

ROLES = ("plan", "apply")
# commands that need more than the role of pull requests
WRITING = ("apply", "verify")


@dataclass(kw_only=True)
class Site:
    """A landscape with everything that it names. `tokens` are what each role logs in with."""

    land: Landscape
    vault: VaultServer
    relay: SmtpRelay
    tokens: dict[str, str] = field(repr=False)
    odoo: dict[str, OdooStandIn] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.land.folder

    def run(self, *arguments: str, role: str | None = None, encoding: str = "utf-8") -> Ran:
        os.environ["VAULT_TOKEN"] = self.tokens[role or self._role(arguments)]
        return inside(*arguments, encoding=encoding)

    def spawn(self, *arguments: str, role: str | None = None, **environment: str) -> Ran:
        return spawned(*arguments, folder=self.folder, environment=self.environment(role or "apply") | environment)

    def environment(self, role: str = "apply") -> dict[str, str]:
        return {"VAULT_TOKEN": self.tokens[role]}

    def mail_path(self, stage: str = "dev") -> str:
        return f"mail/{self.land.area}/{stage}"

    def rotate(self, stage: str = "dev") -> None:
        self.relay.users[self.land.user(stage)] = password = canary.secret()
        self.vault.put(self.mail_path(stage), password=password)

    def kept(self) -> str:
        """All that was written down: plans, state and locks in files, state and locks in Vault."""
        texts = [path.read_text("utf-8") for path in self.folder.rglob("*") if path.is_file() and not self._own(path)]
        return "\n".join([*texts, *(str(one) for one in self.documents().values())])

    def documents(self, path: str | None = None) -> dict[str, Any]:
        """State and locks in Vault, by path."""
        path = path or f"reconciler/state/{self.land.area}"
        try:
            names = self.vault.api("LIST", f"secret/metadata/{path}")["data"]["keys"]
        except Exception:  # noqa: BLE001  # nothing was written, or this Vault is gone
            return {}
        found: dict[str, Any] = {}
        for name in names:
            if name.endswith("/"):
                found |= self.documents(f"{path}/{name[:-1]}")
            else:
                found[f"{path}/{name}"] = self.vault.api("GET", f"secret/data/{path}/{name}")["data"]["data"]
        return found

    def _role(self, arguments: Sequence[str]) -> str:
        return "apply" if any(word in WRITING for word in arguments[:2]) else "plan"

    def _own(self, path: Path) -> bool:
        """The application's own file is meant to hold its password."""
        return path.is_relative_to(self.folder / "apps")


MakeSite = Callable[..., Site]


@pytest.fixture(scope="session")
def vault() -> Iterator[VaultServer]:
    with VaultServer() as server:
        for role in ROLES:
            server.policy(role, TOP / f"examples/vault/{role}.hcl")
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return pki.make(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def relay(certificates: Pki) -> Iterator[SmtpRelay]:
    with SmtpRelay(certificate=certificates.good) as server:
        yield server


@pytest.fixture(scope="session")
def tokens(vault: VaultServer) -> dict[str, str]:
    return {role: vault.token(role, id=canary.token()) for role in ROLES}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Vault and no CI of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(("VAULT_", "BAO_", "GITHUB_", "CI"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VAULT_TOKEN", "")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def make_site(
    vault: VaultServer,
    relay: SmtpRelay,
    certificates: Pki,
    tokens: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MakeSite]:
    """Builds a landscape and stands in its folder; `odoo` are the versions by stage, `settings` go to Landscape."""
    with ExitStack() as stack:
        sites: list[Site] = []

        def made(*, odoo: dict[str, int] | None = None, **settings: Any) -> Site:
            area = uuid.uuid4().hex[:8]
            store = {"address": vault.address, "timeout": 3}
            land = Landscape(
                tmp_path,
                **{"area": area, "relay_port": relay.port, "ca_file": certificates.ca_file, "store": store} | settings,
            )
            site = Site(land=land, vault=vault, relay=relay, tokens=dict(tokens))
            for stage in settings.get("stages", ("dev",)):
                site.rotate(stage)
            for stage, version in (odoo or {}).items():
                key = canary.token()
                vault.put(f"platforms/{area}/{stage}", api_key=key)
                robot = User(login="reconciler", password=canary.secret(), email="it@example.org", api_key=key)
                server = OdooStandIn(version=version, users=[robot], ca_file=certificates.ca_file)
                site.odoo[stage] = stack.enter_context(server)
                land.odoo(stage, server.url)
            land.write()
            monkeypatch.chdir(tmp_path)
            sites.append(site)
            return site

        yield made
        for site in sites:
            assert not canary.leaks(site.kept()), "something that was written down holds a secret"


@pytest.fixture
def shop(make_site: MakeSite) -> Site:
    """One stage with one application that reads a .env file."""
    return make_site()


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """One stage with an Odoo 19 and the shop."""
    return make_site(odoo={"dev": 19})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """What pytest itself prints of a failure is output too."""
    report = yield
    if canary.leaks(report.longreprtext + "".join(text for _, text in report.sections)):
        report.outcome, report.longrepr, report.sections = "failed", f"{item.nodeid}: its report holds a secret", []
    return report
