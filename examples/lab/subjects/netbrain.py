"""NetBrain for the contract: the Email Settings page of an installation, on the stand-in, in a real browser."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lab.servers.console import browser, by_hand
from lab.servers.console.not_by_network import NotByNetwork
from lab.servers.netbrain import NetBrainStandIn
from lab.servers.netbrain import map as own_map
from lab.servers.netbrain.settings import LABELS
from reconciler.model.attestation import WorkOrder

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
class NetBrainSubject(NotByNetwork):
    netbrain: NetBrainStandIn
    page_map: str
    environ: Mapping[str, str]
    kind: str = "netbrain"

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


@dataclass(kw_only=True)
class GuidedNetBrain(NetBrainSubject):
    """Nobody drives the page: `typed` counts what a person saved."""

    typed: int = 0

    @property
    def connection(self) -> Mapping[str, Any]:
        return {"driver": "guided", "url": self.netbrain.url, "page_map": self.page_map}

    def writes(self) -> int:
        return self.netbrain.writes + self.typed

    def carry_out(self, order: WorkOrder) -> None:
        told = {_FIELDS[line.label]: by_hand.typed(line, self.environ) for line in order.lines}
        self.netbrain.edit(at=before_now(), **told)
        self.typed += 1


def before_now() -> datetime:
    """Whoever saves and then attests takes some seconds for it."""
    return datetime.now(UTC) - timedelta(seconds=5)


# the vendor's label, as the work order has it, and the stand-in's name for it
_FIELDS = {label: name for name, label in LABELS.items()}


@contextmanager
def _subject(kind: type[NetBrainSubject], folder: Path) -> Iterator[NetBrainSubject]:
    """A page map lies beside the files that name it: those of a trial are in the folder `contract` beside `folder`."""
    for beside in (folder.parent, folder.parent / "contract"):
        own_map.copied(beside / "maps" / "netbrain.yaml")
    with NetBrainStandIn() as netbrain:
        environ = {
            "NETBRAIN_PASSWORD": netbrain.secret,
            "MAIL_PASSWORD": secrets.token_urlsafe(18),
            "OTHER_PASSWORD": secrets.token_urlsafe(18),
        }
        netbrain.edit(server="192.0.2.1", sender="begin@example.com")
        yield kind(netbrain=netbrain, page_map="maps/netbrain.yaml", environ=environ)


def subject(folder: Path) -> AbstractContextManager[NetBrainSubject]:
    browser.needed()
    return _subject(NetBrainSubject, folder)


def guided(folder: Path) -> AbstractContextManager[NetBrainSubject]:
    return _subject(GuidedNetBrain, folder)


VARIANTS: Mapping[str, Callable[[Path], AbstractContextManager[NetBrainSubject]]] = {"": subject, "guided": guided}
