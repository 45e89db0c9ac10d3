"""NetBrain for the contract: the Email Settings page of an installation, on the stand-in, in a real browser."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab.servers.console import browser
from lab.servers.netbrain import NetBrainStandIn
from lab.servers.netbrain import map as own_map

_EMAIL: Mapping[str, Any] = {
    "enabled": True,
    "host": "192.0.2.25",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "no-reply@example.com",
    "password": {"env": "MAIL_PASSWORD", "version": 1},
    "sender": {"address": "netbrain@example.com"},
    "frequency": 10,
    "signature": "NetBrain of Example",
    "verify": {"from": "nowhere"},
}
_OTHER: Mapping[str, Any] = {
    "enabled": True,
    "host": "192.0.2.26",
    "port": 465,
    "encryption": "tls",
    "auth": "basic",
    "username": "other@example.com",
    "password": {"env": "OTHER_PASSWORD", "version": 1},
    "sender": {"address": "other@example.com"},
    "frequency": 15,
    "signature": "Another one",
    "verify": {"from": "nowhere"},
}
_UNMANAGED = frozenset({"authority_host", "client_id", "tenant_id", "type", "client_secret", "certificate"})


@dataclass(kw_only=True)
class NetBrainSubject:
    netbrain: NetBrainStandIn
    page_map: str
    environ: Mapping[str, str]
    kind: str = "netbrain"
    # a page that fails in the middle of a visit fails the visit: nothing is sent twice, for an account could be locked
    reached_by_network: bool = False

    @property
    def connection(self) -> Mapping[str, Any]:
        login = {"username": self.netbrain.user, "password": {"env": "NETBRAIN_PASSWORD"}}
        return {"url": self.netbrain.url, **login, "page_map": self.page_map, "audit_log": {"days": 30}}

    @property
    def first(self) -> Mapping[str, Any]:
        return {"email": _EMAIL}

    @property
    def second(self) -> Mapping[str, Any]:
        return {"email": _OTHER}

    def foreign(self) -> None:
        login = {"login": True, "username": "old", "password": "old"}
        self.netbrain.edit(server="192.0.2.99", port="2525", sender="old@example.org", client_id="theirs", **login)

    def edited(self) -> None:
        self.netbrain.edit(port="2526")

    def settings(self) -> Mapping[str, Any]:
        return {name: value for name, value in asdict(self.netbrain.settings).items() if name not in _UNMANAGED}

    def unmanaged(self) -> Any:
        return {name: value for name, value in asdict(self.netbrain.settings).items() if name in _UNMANAGED}

    def writes(self) -> int:
        return self.netbrain.writes

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        """The account has another password meanwhile."""
        known, self.netbrain.page.secret = self.netbrain.page.secret, secrets.token_hex(8)
        try:
            yield
        finally:
            self.netbrain.page.secret = known

    def disturbed(self, *, latency: float, failing: float) -> AbstractContextManager[None]:
        raise NotImplementedError("not reached_by_network")

    def limited(self, *, calls: int, seconds: float) -> AbstractContextManager[None]:
        raise NotImplementedError("not reached_by_network")


@contextmanager
def subject(folder: Path) -> Iterator[NetBrainSubject]:
    """A page map lies beside the files that name it: those of a trial are in the folder `contract` beside `folder`."""
    browser.needed()
    for beside in (folder.parent, folder.parent / "contract"):
        own_map.copied(beside / "maps" / "netbrain.yaml")
    with NetBrainStandIn() as netbrain:
        environ = {
            "NETBRAIN_PASSWORD": netbrain.secret,
            "MAIL_PASSWORD": secrets.token_urlsafe(18),
            "OTHER_PASSWORD": secrets.token_urlsafe(18),
        }
        netbrain.edit(server="192.0.2.1", sender="begin@example.com")
        yield NetBrainSubject(netbrain=netbrain, page_map="maps/netbrain.yaml", environ=environ)
