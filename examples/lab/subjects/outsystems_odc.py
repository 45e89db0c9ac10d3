"""OutSystems Developer Cloud for the contract: a stage and the test list of an app, on the stand-in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.servers.odc import OdcStandIn
from lab.servers.odc.tenant import APP, STAGE, Row

_STAGE: Mapping[str, Any] = {
    "host": "smtp.example.com",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "no-reply@example.com",
    "password": {"env": "MAIL_PASSWORD", "version": 1},
    "sender": {"address": "no-reply@example.com", "name": "Example"},
    "verify": {"from": "nowhere"},
}
_APP: Mapping[str, Any] = {"test_list": {"active": True, "addresses": ["qa@example.com", "dev@example.com"]}}


@dataclass(kw_only=True)
class OdcSubject:
    """One stage of an organisation of its own."""

    odc: OdcStandIn
    environ: Mapping[str, str]
    kind: str = "outsystems-odc"
    reached_by_network: bool = True

    @property
    def connection(self) -> Mapping[str, Any]:
        found = self.odc.connection(client_secret={"env": "ODC_SECRET"}, experimental=True)
        return found | {"keys": self.odc.keys(apps=True)}

    @property
    def first(self) -> Mapping[str, Any]:
        return {"stage": _STAGE, "apps": {"Storefront": _APP}}

    @property
    def second(self) -> Mapping[str, Any]:
        stage = {
            **_STAGE,
            "host": "relay.example.net",
            "port": 2525,
            "username": "other@example.com",
            "password": {"env": "OTHER_PASSWORD", "version": 1},
            "sender": {"address": "other@example.com", "name": "Other"},
        }
        return {
            "stage": stage,
            "apps": {"Storefront": {"test_list": {"active": True, "addresses": ["it@example.com"]}}},
        }

    def foreign(self) -> None:
        for setting, value in (("host", "old.example.org"), ("port", "2525"), ("username", "old"), ("password", "old")):
            self.odc.edit(setting, value)
        self.odc.edit("oauth2.client_id", "somebody-elses")
        self.odc.edit("test_list.addresses", "old@example.org", app="Storefront")

    def edited(self) -> None:
        self.odc.edit("port", "2526")

    def settings(self) -> Mapping[str, Any]:
        declared = ("host", "port", "auth", "username", "sender.address", "sender.name")
        found = {setting: self.odc.row(setting)["deployedValue"] for setting in declared}
        found |= {setting: self.odc.row(setting, app="Storefront")["deployedValue"] for setting in APP}
        return found | {"password": self.odc.secret_of("password")}

    def unmanaged(self) -> Any:
        """All other configurations of the stage, and the other stage whole."""
        ours = {self.odc.tenant.keys[setting] for setting in STAGE if not setting.startswith("oauth2.")}
        rest = [row for key, row in self.odc.stage().rows.items() if key not in ours]
        other = self.odc.stage("Development")
        return [_plain(row) for row in (*rest, *other.rows.values(), *self.odc.app(stage="Development").rows.values())]

    def writes(self) -> int:
        return self.odc.writes

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        self.odc.deny("View configurations")
        try:
            yield
        finally:
            self.odc.stage().permissions.add("View configurations")

    @contextmanager
    def disturbed(self, *, latency: float, failing: float) -> Iterator[None]:
        server = self.odc.server
        server.latency, server.failures.share = latency, failing
        try:
            yield
        finally:
            server.latency = server.failures.share = 0.0

    @contextmanager
    def limited(self, *, calls: int, seconds: float) -> Iterator[None]:
        with self.odc.limited(calls=calls, seconds=seconds):
            yield


def _plain(row: Row) -> tuple[object, ...]:
    return row["key"], row["value"], row["deployedValue"], row["updatedAt"]


@contextmanager
def _subject() -> Iterator[OdcSubject]:
    with OdcStandIn() as odc:
        odc.routes.polls_until_finished = 0  # the vendor's first look at an operation is after 5 s
        environ = {
            "ODC_SECRET": odc.secret,
            "MAIL_PASSWORD": secrets.token_urlsafe(18),
            "OTHER_PASSWORD": secrets.token_urlsafe(18),
        }
        yield OdcSubject(odc=odc, environ=environ)


def subject(folder: Path) -> AbstractContextManager[OdcSubject]:
    """`folder` is not needed: nothing of a stage is in files."""
    return _subject()
