"""Writes what a change says to an Odoo, and asks it for its own test."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.errors import PlatformMissing, PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection, Settings, Value
from reconciler.platforms.openspp import domains, parameters, records, switch, usages
from reconciler.platforms.openspp import settings as odoo_settings
from reconciler.platforms.openspp.own_test import Verdict, tested
from reconciler.platforms.openspp.reading import MAIL_SERVERS, OdooReader
from reconciler.platforms.openspp.records import Row, Server
from reconciler.platforms.openspp.rpc import Odoo


class OdooWriter(OdooReader):
    def __init__(self, unit: str, connection: Connection, connect: Callable[[], Odoo], secrets: Opener) -> None:
        super().__init__(unit, connection, connect)
        self._secrets = secrets
        self._server: Server | None = None
        self._switches = switch.is_on(connection)
        self._proven: dict[Resource, Handshake] = {}  # what a switch has tested already
        self._put_into_use: set[int] = set()  # by this run: these may go out of use again, whatever else there is

    @property
    def server(self) -> Server:
        """What this Odoo is and can do, asked once. Raises PlatformRefused, PlatformDenied."""
        if self._server is None:
            self._server = records.server(self.odoo)
        return self._server

    def write(self, change: Change) -> None:
        """All fields of one change. Raises PlatformError; PlatformRefused and PlatformMissing name the record."""
        match change.address.resource.collection:
            case "mail_servers":
                self._write_server(change)
            case "alias_domains":
                domains.write(self.odoo, change)
            case _:
                parameters.written(self.odoo, self.server, self._after(change), records.marks(self.odoo))

    def _write_server(self, change: Change) -> None:
        key = str(change.address.resource.key)
        if change.action is Action.CREATE:
            self._create(key, change)
        elif change.action is Action.ARCHIVE:
            self._archive(self._row(change.id or self._id(key)))
        elif change.action in (Action.UPDATE, Action.ADOPT):
            current = self._row(change.id or self._id(key))
            values = self._checked(current, change)  # before our mark is touched: a refusal leaves no half of it
            if self._switches and switch.applies(change) and current["active"]:
                self._switch(current, key, change, values)
                return
            self._mark(current, key, change)
            if values:
                records.write(self.odoo, current["id"], values)
                self._put_into_use |= {current["id"]} if values.get("active") and not current["active"] else set()

    def _create(self, key: str, change: Change) -> None:
        values = {"name": key, "active": True, **self._values(change, {})}
        if values["active"]:
            self._check_activation()
        if self._switches and switch.applies(change):
            records.check_absent(self.odoo, key)
            new, verdict = switch.proven_new(self.odoo, self.server, key, values)
            switch.take_over(self.odoo, key, None, new)
            self._remember(change, new, verdict)
        else:
            new = records.create(self.odoo, self.server, key, values)
        self._put_into_use |= {new} if values["active"] else set()

    def _switch(self, current: Row, key: str, change: Change, values: Mapping[str, Any]) -> None:
        self._check_activation()
        self._check_adoption(current, change)
        new, verdict = switch.proven_copy(self.odoo, self.server, key, current, values)
        self._mark(current, key, change)
        switch.take_over(self.odoo, key, current, new)
        self._remember(change, new, verdict)

    def _remember(self, change: Change, record: int, verdict: Verdict) -> None:
        self._proven[change.address.resource] = _handshake(self._row(record), verdict, 0.0)

    def _checked(self, current: Row, change: Change) -> Mapping[str, Any]:
        values = self._values(change, odoo_settings.settings(self.server, current))
        values = {name: value for name, value in values.items() if not self._left(current, name)}
        if fixed := [name for name in values if odoo_settings.is_fixed(self.server, current, name)]:
            raise PlatformRefused(
                f"the server's configuration file sets {', '.join(fixed)} of this mail server",
                why="the module mail_environment silently discards what is written to them",
                fix="change them in that file, or leave them out here",
            )
        if values.get("active") and not current["active"]:
            self._check_activation()
        if values.get("active") is False and current["active"]:
            self._check_archive(current["id"])
        return values

    def _left(self, current: Row, name: str) -> bool:
        """A password that the server's configuration file decides: see the note on it."""
        return name == odoo_settings.NAMES["password"] and odoo_settings.is_fixed(self.server, current, name)

    def _mark(self, current: Row, key: str, change: Change) -> None:
        if change.action is Action.ADOPT:
            self._check_adoption(current, change)
            records.adopt(self.odoo, key, current["id"])
        elif change.moved_from:
            records.rename(self.odoo, str(change.moved_from.resource.key), key)

    def _check_adoption(self, current: Row, change: Change) -> None:
        if change.action is Action.ADOPT and current.get("owner_user_id"):
            raise PlatformRefused("this mail server belongs to one user", fix="adopt another, or leave adopt out")

    def _archive(self, current: Row) -> None:
        if current["active"]:
            self._check_archive(current["id"])
            records.write(self.odoo, current["id"], {"active": False})

    def _check_archive(self, record: int) -> None:
        usages.check(self.odoo, self.server, record)
        if record not in self._put_into_use:
            records.check_others(self.odoo, self.server, record)

    def _check_activation(self) -> None:
        if self.server.neutralized and not self.may_rearm:
            raise PlatformRefused(
                "this database is neutralized; its mail servers stay inactive",
                why="a copy of production must not send mail to real people",
                fix="declare active: false for this environment, or connection: {allow_neutralized: true}",
            )

    def _values(self, change: Change, current: Settings) -> Mapping[str, Any]:
        return odoo_settings.values(self.server, self._after(change), current)

    def _after(self, change: Change) -> dict[str, Value | SecretValue]:
        """The new values, secrets opened."""
        return {
            one.field: self._secrets.open(one.after) if isinstance(one.after, SecretRef) else one.after
            for one in change.fields
        }

    def _row(self, record: int | str | None) -> Row:
        if not isinstance(record, int):
            raise PlatformMissing(f"{record!r} is not an Odoo id", fix="plan again")
        return records.row(self.odoo, odoo_settings.asked(self.server), record)

    def _id(self, key: str) -> int:
        if found := records.marks(self.odoo).get(key):
            return found.record
        raise PlatformMissing(f"no mail server in Odoo is marked as {key}", fix="plan again")

    def test(self, resource: Resource) -> Handshake | None:
        """Of a mail server; nothing else has a test. Raises PlatformMissing when it is not in Odoo."""
        if resource.collection != MAIL_SERVERS:
            return None
        if resource in self._proven:
            return self._proven.pop(resource)
        current = self._row(self._id(str(resource.key)))
        start = time.monotonic()
        found = tested(self.odoo, current["id"])
        return _handshake(current, found, (time.monotonic() - start) * 1000)


def _handshake(row: Row, found: Verdict, took: float) -> Handshake:
    check = CheckResult(
        id="SMTP501", status=found.status, reason=found.reason, evidence=found.message, advice=found.advice
    )
    return Handshake(
        relay=None,
        host=row["smtp_host"] or "",
        port=row["smtp_port"],
        level=Level.AUTH,
        status=_STATUS[found.status],
        steps=(Step(name="platform test", ms=took),),
        checks=(check,),
        summary="Odoo's own test: " + found.reason,
    )


_STATUS = {
    CheckStatus.PASS: Status.PASS,
    CheckStatus.WARN: Status.WARN,
    CheckStatus.FAIL: Status.FAIL,
    CheckStatus.INCONCLUSIVE: Status.INCONCLUSIVE,
}
