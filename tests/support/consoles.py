"""What the tests of the consoles share: one target on a stand-in, the whole way from files to its page and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from lab.servers.netbrain import NetBrainStandIn
from lab.servers.netbrain import map as own_map
from lab.servers.o11 import O11StandIn

from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from support.site import Site

ADDRESS = "prod/console:email"


@dataclass(slots=True)
class Target:
    """Its file is written anew before each step. `email` is what it declares."""

    site: Site
    kind: str
    connection: dict[str, Any]
    email: dict[str, Any]
    protected: bool = False

    def findings(self) -> dict[str, Finding]:
        """Of the files alone, by rule."""
        self._write()
        return {finding.rule: finding for finding in self.site.judged().findings}

    def plan(self) -> Plan:
        self._write()
        return self.site.plan()

    def change(self) -> Change:
        return next(change for change in self.plan().changes if str(change.address) == ADDRESS)

    def told(self) -> dict[str, Finding]:
        """What a plan says of the resource, by rule."""
        return {finding.rule: finding for finding in self.change().findings}

    def apply(self) -> Outcome:
        self._write()
        return self.site.apply()[ADDRESS]

    def refusal(self) -> str:
        """Applies what cannot be applied: the words of the failure."""
        outcome = self.apply()
        assert outcome.error is not None, outcome
        return outcome.error.what

    def _write(self) -> None:
        self.site.stage("prod", text="protected: true" if self.protected else "")
        target = {"platform": self.kind, "connection": self.connection, "email": self.email}
        self.site.write("prod/console.yaml", yaml.safe_dump(target))


O11_BEGIN = {"server": "old.example.com", "port": "25", "sender": "old@example.com", "sender_name": "Old"}
NETBRAIN_BEGIN = {"server": "192.0.2.1", "port": "25", "sender": "old@example.com", "signature": ""}
_BASIC = {
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "mail",
    "password": {"env": "PW", "version": 1},
    "verify": {"from": "nowhere"},
}


@contextmanager
def o11(monkeypatch: pytest.MonkeyPatch) -> Iterator[O11StandIn]:
    """One that somebody has set up, with the secret of its login in the environment."""
    with O11StandIn() as found:
        found.edit(**O11_BEGIN)
        monkeypatch.setenv("O11", found.secret)
        yield found


def o11_target(site: Site, there: O11StandIn) -> Target:
    connection = {"url": there.url, "username": there.user, "password": {"env": "O11"}, "timeout": 15}
    return Target(site, "outsystems-o11", connection, {"host": "smtp.example.com", **_BASIC})


@contextmanager
def netbrain(monkeypatch: pytest.MonkeyPatch) -> Iterator[NetBrainStandIn]:
    """The same."""
    with NetBrainStandIn() as found:
        found.edit(by="begin", at=datetime.now(UTC) - timedelta(minutes=5), **NETBRAIN_BEGIN)
        monkeypatch.setenv("NETBRAIN", found.secret)
        yield found


def netbrain_target(site: Site, there: NetBrainStandIn) -> Target:
    own_map.copied(site.folder / "maps" / "own.yaml")
    login = {"username": there.user, "password": {"env": "NETBRAIN"}}
    connection = {"url": there.url, **login, "page_map": "maps/own.yaml", "audit_log": {}, "timeout": 15}
    return Target(site, "netbrain", connection, {"host": "192.0.2.25", **_BASIC})


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """A stand-in with its target, whichever it is."""

    there: O11StandIn | NetBrainStandIn
    target: Target
    begin: dict[str, str]

    def nothing_written(self) -> bool:
        now = {name: value for name, value in asdict(self.there.settings).items() if name in self.begin}
        return now == self.begin and self.there.settings.password == ""


@contextmanager
def _o11(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    with o11(monkeypatch) as there:
        yield Console(there=there, target=o11_target(site, there), begin=O11_BEGIN)


@contextmanager
def _netbrain(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    with netbrain(monkeypatch) as there:
        yield Console(there=there, target=netbrain_target(site, there), begin=NETBRAIN_BEGIN)


CONSOLES: dict[str, Callable[[Site, pytest.MonkeyPatch], AbstractContextManager[Console]]] = {
    "outsystems-o11": _o11,
    "netbrain": _netbrain,
}
