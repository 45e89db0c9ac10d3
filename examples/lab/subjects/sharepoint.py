"""A SharePoint farm of two servers for the contract, over TLS and CredSSP as in earnest; two of its versions."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lab import canary
from lab.servers.windows import farm
from lab.servers.windows.farm_site import FarmSite

INTRANET, TEAMS = "https://intranet.contoso.example", "https://teams.contoso.example"


@dataclass(slots=True)
class SharePointSubject:
    site: FarmSite
    environ: Mapping[str, str]
    version: str
    kind: str = "sharepoint"
    reached_by_network: bool = True

    @property
    def connection(self) -> Mapping[str, Any]:
        return self.site.connection()

    @property
    def first(self) -> Mapping[str, Any]:
        login = {"username": "CONTOSO\\mail", "password": {"env": "PASSWORD", "version": 1}}
        return {
            "farm": self._settings("smtp.example.com", 25, "no-reply@example.com", login),
            "web_applications": {INTRANET: self._settings("smtp.example.com", 2525, "intranet@example.com", login)},
        }

    @property
    def second(self) -> Mapping[str, Any]:
        login = {"username": "other", "password": {"env": "OTHER_PASSWORD", "version": 1}}
        farm_ = self._settings("relay.example.net", 26, "other@example.com", login)
        web = self._settings("relay.example.net", 2526, "web@example.com", login)
        return {"farm": farm_ | {"character_set": "iso-8859-1"}, "web_applications": {INTRANET: web}}

    def _settings(self, host: str, port: int, sender: str, login: Mapping[str, Any]) -> dict[str, Any]:
        keyed = {**login, "credential_key": {"env": "KEY", "version": 1}}
        found: dict[str, Any] = {
            "host": host,
            "port": port,
            "encryption": "starttls",
            "auth": "basic",
            "sender": {"address": sender},
            "reply_to": f"reply-{sender}",
            "character_set": "utf-8",
            "override_envelope_sender": True,
            **keyed,
        }
        if self.version == "SE":
            found["smtp_certificate"] = None
        return found

    def foreign(self) -> None:
        for one in self.site.farm.applications:
            one |= {"host": "old.example.org", "port": 2500, "from": "old@example.org", "reply_to": "*"}
            one |= {"code_page": 1252, "tls": True, "override_envelope_sender": False}
        for one in self._declared():  # of a password that nobody declares, a new key would be the end
            one |= {"user": "old", "password": "old"}

    def edited(self) -> None:
        self.site.farm.application(f"{INTRANET}/")["port"] = 2599

    def settings(self) -> Mapping[str, Any]:
        keys = {f"key of {one['address']}": one["key"] for one in self.site.farm.state["servers"]}
        return {**copy.deepcopy({one["url"]: one for one in self._declared()}), **keys}

    def _declared(self) -> list[dict[str, Any]]:
        return [one for one in self.site.farm.applications if not one["url"].startswith(TEAMS)]

    def unmanaged(self) -> Any:
        return copy.deepcopy(self.site.farm.application(f"{TEAMS}/"))

    def writes(self) -> int:
        return sum(name in ("write.ps1", "key.ps1") for name in self.site.ran)

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        self.site.farm.state["trouble"].append("no second hop")
        try:
            yield
        finally:
            self.site.farm.state["trouble"].remove("no second hop")

    @contextmanager
    def disturbed(self, *, latency: float, failing: float) -> Iterator[None]:
        with self.site.disturbed(latency, failing):
            yield

    @contextmanager
    def limited(self, *, calls: int, seconds: float) -> Iterator[None]:
        with self.site.limited(calls, seconds):
            yield

    def refused(self) -> int:
        return self.site.refused


@contextmanager
def _subject(version: str, folder: Path) -> Iterator[SharePointSubject]:
    names = ("PASSWORD", "OTHER_PASSWORD", "KEY", "LOGIN")
    environ = {name: canary.secret() for name in names}
    made = farm(version, urls=(f"{INTRANET}/", f"{TEAMS}/"), servers=("127.0.0.1", "127.0.0.2"))
    with FarmSite(made, folder, password=environ["LOGIN"]) as site:
        yield SharePointSubject(site=site, environ=environ, version=version)


VARIANTS: Mapping[str, Callable[[Path], AbstractContextManager[SharePointSubject]]] = {
    version.lower(): partial(_subject, version) for version in ("2019", "SE")
}
