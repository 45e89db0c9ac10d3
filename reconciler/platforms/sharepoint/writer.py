"""Writes one web application, or the farm: a look at the relay, the key on every server, then the whole set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.powershell.session import Session
from reconciler.errors import PlatformMissing, PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.handshake import Handshake
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Settings, Value
from reconciler.platforms.sharepoint import edit, spelling
from reconciler.platforms.sharepoint.reader import FarmReader, Seen, ours

SECONDS = 20  # for the server's own look at the relay


@dataclass(slots=True, kw_only=True)
class FarmWriter(FarmReader):
    session: Session
    secrets: Opener
    servers: tuple[str, ...] = ()  # of the farm, as they are reached; else as the farm names them

    def write(self, change: Change) -> None:
        parameters = edit.parameters(change)
        given = {one.field: one.after for one in change.fields}
        there = self.seen() if "credential_key" in given or _route(given) else None
        if there is not None and _route(given):
            self._probe(_after(change, given, there))
        if there is not None and isinstance(key := given.get("credential_key"), SecretRef):
            self._set_key(key, there)
        password = given.get("password")
        opened = self.secrets.open(password) if isinstance(password, SecretRef) else None
        self.session.write(ours("write"), **parameters, Password=opened)

    def test(self, resource: Resource) -> Handshake | None:
        """None: SharePoint has no test of its own."""
        return None

    def _set_key(self, key: SecretRef, there: Seen) -> None:
        """On every server, before a password is stored: one without the key would send anonymously."""
        for host in self.servers or there.servers:
            own = self.session.server.host.lower()
            near = host.lower() in (own, own.partition(".")[0])
            session = self.session if near else self.session.beside(host)
            session.write(ours("key"), Key=self.secrets.open(key))

    def _probe(self, after: Settings) -> None:
        """SharePoint does not fall back: where its own server does not trust the relay's TLS, no mail would leave."""
        if after["encryption"] != "starttls" or after["host"] is None:
            return
        host, port = str(after["host"]), after["port"]
        found = self.session.read(ours("probe"), MailHost=host, Port=_int(port), Seconds=SECONDS)
        if found.get("stage") != "done":
            raise PlatformRefused(
                f"{self.session.server} has no verified STARTTLS with {host}:{port}; nothing was written",
                why=f"it got as far as {found.get('stage')}: {found.get('message') or 'refused'}",
                fix="let that server reach the relay and trust its CA, then apply again",
            )


def _route(given: Mapping[str, Value]) -> bool:
    """Whether the server's own way to the relay changes, other than to plain text."""
    return bool(given.keys() & {"host", "port", "encryption"}) and given.get("encryption") != "none"


def _after(change: Change, given: Mapping[str, Value], there: Seen) -> dict[str, Value]:
    row: Mapping[str, Any] | None = next((one for one in there.rows if one["id"] == change.id), None)
    if row is None:
        raise PlatformMissing(f"{change.address}: no longer there", fix="plan again")
    return {**spelling.settings(row), **given}


def _int(value: Value) -> int:
    return value if isinstance(value, int) else 25
