"""A Windows server with two virtual SMTP servers for the contract, over http with message encryption."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import canary
from lab.servers.windows import iis
from lab.servers.windows.smtp_site import SmtpSite

_FIRST = "SmtpSvc/1"


@dataclass(slots=True)
class WindowsSmtpSubject:
    site: SmtpSite
    environ: Mapping[str, str]
    kind: str = "windows-smtp"
    reached_by_network: bool = True

    @property
    def connection(self) -> Mapping[str, Any]:
        return self.site.connection()

    @property
    def first(self) -> Mapping[str, Any]:
        access = {"mode": "only-listed", "entries": ["127.0.0.1", "10.20.0.0/16", "example.com"]}
        server = {"host": "smtp.example.com", "port": 2525, "encryption": "none", "auth": "none"}
        return {
            "service": {"start_mode": "automatic", "running": True},
            "virtual_servers": {_FIRST: {**server, "fqdn": "relay.example.com", "relay_access": access}},
        }

    @property
    def second(self) -> Mapping[str, Any]:
        access = {"mode": "only-listed", "entries": ["10.0.0.1"]}
        server = {"host": "192.0.2.25", "port": 26, "encryption": "none", "auth": "none", "fqdn": "other.example.com"}
        return {
            "service": {"start_mode": "manual", "running": False},
            "virtual_servers": {_FIRST: {**server, "relay_access": access}},
        }

    def foreign(self) -> None:
        self.site.machine["start_mode"] = "Disabled"
        for one in self.site.machine["servers"]:
            one |= {"smart_host": "old.example.org", "port": 2500, "fqdn": "old", "anonymous": False}
            one |= {"relay": iis.access("192.0.2.1, 255.255.255.255", domains=["old.example.org"])}
            one |= {"connection": iis.access("10.0.0.0, 255.0.0.0")}

    def edited(self) -> None:
        self._first["port"] = 2599

    @property
    def _first(self) -> dict[str, Any]:
        found: dict[str, Any] = self.site.machine["servers"][0]
        return found

    def settings(self) -> Mapping[str, Any]:
        names = ("smart_host", "smart_host_type", "port", "fqdn", "relay")
        service = {name: self.site.machine[name] for name in ("start_mode", "state")}
        return {**copy.deepcopy({name: self._first[name] for name in names}), **service}

    def unmanaged(self) -> Any:
        rest = {name: self._first[name] for name in ("anonymous", "connection")}
        return copy.deepcopy([rest, self.site.machine["servers"][1]])

    def writes(self) -> int:
        return sum(name in ("write.ps1", "service.ps1") for name in self.site.server.ran)

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        self.site.server.endpoint.users = set()
        self.site.server.endpoint.shells.clear()
        try:
            yield
        finally:
            self.site.server.endpoint.users = None

    @contextmanager
    def disturbed(self, *, latency: float, failing: float) -> Iterator[None]:
        endpoint = self.site.server.endpoint
        endpoint.latency, endpoint.failing = latency, failing
        yield
        endpoint.latency = endpoint.failing = 0.0

    @contextmanager
    def limited(self, *, calls: int, seconds: float) -> Iterator[None]:
        self.site.server.endpoint.limit = (calls, seconds)
        yield
        self.site.server.endpoint.limit = None

    def refused(self) -> int:
        return self.site.server.endpoint.refused


@contextmanager
def subject(folder: Path) -> Iterator[WindowsSmtpSubject]:
    environ = {"LOGIN": canary.secret()}
    with SmtpSite(iis.machine(("1", "2")), password=environ["LOGIN"]) as site:
        yield WindowsSmtpSubject(site=site, environ=environ)
