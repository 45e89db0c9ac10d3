"""OutSystems 11 for the contract: one environment's Service Center, on the stand-in, in a real browser."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab.servers.console import browser, by_hand
from lab.servers.console.not_by_network import NotByNetwork
from lab.servers.o11 import O11StandIn
from lab.servers.o11.releases import LABELS
from reconciler.model.attestation import WorkOrder

_EMAIL: Mapping[str, Any] = {
    "host": "smtp.example.com",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "no-reply@example.com",
    "password": {"env": "MAIL_PASSWORD", "version": 1},
    "sender": {"address": "no-reply@example.com", "name": "Example"},
    "test_list": {"active": True, "addresses": ["qa@example.com", "dev@example.com"]},
    "hostname": "apps.example.net",
    "verify": {"from": "nowhere"},
}
_OTHER: Mapping[str, Any] = {
    "host": "relay.example.net",
    "port": 465,
    "encryption": "tls",
    "auth": "basic",
    "username": "other@example.com",
    "password": {"env": "OTHER_PASSWORD", "version": 1},
    "sender": {"address": "other@example.com", "name": "Other"},
    "test_list": {"active": True, "addresses": ["it@example.com"]},
    "hostname": "other.example.net",
    "verify": {"from": "nowhere"},
}


@dataclass(kw_only=True)
class O11Subject(NotByNetwork):
    o11: O11StandIn
    environ: Mapping[str, str]
    kind: str = "outsystems-o11"

    @property
    def connection(self) -> Mapping[str, Any]:
        return {"url": self.o11.url, "username": self.o11.user, "password": {"env": "O11_PASSWORD"}}

    @property
    def first(self) -> Mapping[str, Any]:
        return {"email": _EMAIL}

    @property
    def second(self) -> Mapping[str, Any]:
        return {"email": _OTHER}

    def foreign(self) -> None:
        login = {"username": "old", "password": "old", "tenant": "somebody-elses", "client_id": "theirs"}
        sender = {"sender": "old@example.org", "sender_name": "Old"}
        self.o11.edit(server="old.example.org", port="2525", ssl=True, **login, **sender)

    def edited(self) -> None:
        self.o11.edit(port="2526")

    def settings(self) -> Mapping[str, Any]:
        return {name: value for name, value in asdict(self.o11.settings).items() if name not in _UNMANAGED}

    def unmanaged(self) -> Any:
        return {name: value for name, value in asdict(self.o11.settings).items() if name in _UNMANAGED}

    def writes(self) -> int:
        return self.o11.writes

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        """The account has another password meanwhile."""
        known, self.o11.sessions.secret = self.o11.sessions.secret, secrets.token_hex(8)
        try:
            yield
        finally:
            self.o11.sessions.secret, self.o11.sessions.failed = known, 0


@dataclass(kw_only=True)
class GuidedO11(O11Subject):
    """Nobody drives the pages: `typed` counts what a person saved."""

    typed: int = 0

    @property
    def connection(self) -> Mapping[str, Any]:
        return {"driver": "guided", "url": self.o11.url}

    def writes(self) -> int:
        return self.o11.writes + self.typed

    def carry_out(self, order: WorkOrder) -> None:
        self.o11.edit(**{_FIELDS[line.label]: by_hand.typed(line, self.environ) for line in order.lines})
        self.typed += 1


# the vendor's label, as the work order has it, and the stand-in's name for it
_FIELDS = {label: name for name, label in LABELS.items()} | {"Hostname": "hostname"}
_UNMANAGED = frozenset({"tenant", "client_id", "client_secret"})


@contextmanager
def _subject(kind: type[O11Subject]) -> Iterator[O11Subject]:
    with O11StandIn() as o11:
        environ = {
            "O11_PASSWORD": o11.secret,
            "MAIL_PASSWORD": secrets.token_urlsafe(18),
            "OTHER_PASSWORD": secrets.token_urlsafe(18),
        }
        o11.edit(sender="begin@example.com", sender_name="Begin")
        yield kind(o11=o11, environ=environ)


def subject(folder: Path) -> AbstractContextManager[O11Subject]:
    """`folder` is not needed: nothing of an environment is in files."""
    browser.needed()
    return _subject(O11Subject)


def guided(folder: Path) -> AbstractContextManager[O11Subject]:
    return _subject(GuidedO11)


VARIANTS: Mapping[str, Callable[[Path], AbstractContextManager[O11Subject]]] = {"": subject, "guided": guided}
