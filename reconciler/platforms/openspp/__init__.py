"""OpenSPP, and any Odoo 17 to 19: outgoing mail servers (`ir.mail_server`), reached through Odoo's external API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from reconciler.drivers import http, odoo_rpc
from reconciler.errors import PlatformDenied, PlatformError, PlatformMissing, PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import OAUTH2_FIELDS, CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.model.ports import Opener, Reader, Writer
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection, Desired, Present, Reading, Settings, Shape, Stranger, Value
from reconciler.platforms.openspp import limits, records
from reconciler.platforms.openspp import settings as odoo_settings
from reconciler.platforms.openspp.connection_test import tested
from reconciler.platforms.openspp.records import Row, Server

ALIASES = ("odoo",)
MAIL_SERVERS = "mail_servers"
COLLECTIONS = {MAIL_SERVERS: Shape.MANY}

# Odoo would give the password back; it is not asked for
WRITE_ONLY = frozenset({"password"})


def installation(connection: Connection) -> str:
    parts = urlsplit(str(connection["url"]))
    port = "" if parts.port in (None, {"https": 443, "http": 80}.get(parts.scheme)) else f":{parts.port}"
    return f"odoo:{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}/{connection['database']}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    """With `oauth2.*`, for the handshake: Odoo keeps its OAuth2 app once for all mail servers (see `limits`)."""
    return frozenset(odoo_settings.NAMES) | OAUTH2_FIELDS


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    """The form in which `odoo_settings.settings` reads them back."""
    declared = {**settings, "name": settings.get("name") or resource.key, "active": settings.get("active", True)}
    return {field: _normal(field, value) for field, value in declared.items() if field not in OAUTH2_FIELDS}


def _normal(field: str, value: Value) -> Value:
    if value is None:
        return odoo_settings.DEFAULTS.get(field)
    if field == "from_filter":
        return odoo_settings.normal_filter(value)
    if field == "max_email_size":
        return odoo_settings.normal_size(value)
    if isinstance(value, str) and field in ("host", "name", "username"):
        text = value.strip()
        return (text.lower() if field == "host" else text) or None
    return value


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    """What Odoo cannot do, as far as the files show it."""
    try:
        http.check_url(str(connection["url"]))
    except PlatformError as error:
        yield error.finding(desired.address.unit)
    for severity, rule, field, what, fix in limits.limits(desired.settings):
        origin = desired.origin.get(field)
        where = origin.position if origin else desired.position
        yield Finding(
            severity=severity, rule=rule, address=str(desired.address), field=field, what=what, fix=fix, where=where
        )


def defaults(collection: str, connection: Connection) -> Settings:
    return odoo_settings.DEFAULTS


def reader(unit: str, connection: Connection, secrets: Opener) -> Reader:
    return OdooReader(unit, lambda: odoo_rpc.reading(*_login(connection, secrets)))


def writer(unit: str, connection: Connection, secrets: Opener) -> Writer:
    return OdooWriter(unit, lambda: odoo_rpc.writing(*_login(connection, secrets)), secrets)


def _login(connection: Connection, secrets: Opener) -> tuple[http.Site, odoo_rpc.Login]:
    kind = "api_key" if connection.get("api_key") is not None else "password"
    reference = connection.get(kind)
    if not isinstance(reference, SecretRef):
        raise PlatformDenied("connection has no api_key", fix="api_key: {vault: path#key}")
    login = odoo_rpc.Login(
        database=str(connection["database"]),
        username=str(connection["username"]),
        secret=secrets.open(reference),
        is_key=kind == "api_key",
        named=f"connection.{kind} ({reference})",
        protocol=str(connection.get("protocol") or "auto"),
    )
    return http.site(str(connection["url"]), connection), login


class OdooReader:
    def __init__(self, unit: str, connect: Callable[[], odoo_rpc.Odoo]) -> None:
        self.unit, self._connect = unit, connect

    @cached_property
    def odoo(self) -> odoo_rpc.Odoo:
        return self._connect()

    def read(self) -> Reading:
        server = records.server(self.odoo)
        rows = {row["id"]: row for row in records.rows(self.odoo, odoo_settings.asked(server))}
        marks = records.marks(self.odoo).values()
        ours = {mark.key: rows[mark.record] for mark in marks if mark.record in rows}
        marked = {row["id"] for row in ours.values()}
        resources = {Resource(collection=MAIL_SERVERS, key=key): row for key, row in ours.items()}
        others = [row for row in rows.values() if row["id"] not in marked and not row.get("owner_user_id")]
        return Reading(
            unit=self.unit,
            resources={resource: self._present(server, row, str(resource)) for resource, row in resources.items()},
            strangers=tuple(
                Stranger(
                    collection=MAIL_SERVERS,
                    name=row["name"] or "",
                    id=row["id"],
                    live=self._present(server, row, mark=False),
                )
                for row in others
            ),
            findings=tuple(self._about(server, rows.values())),
        )

    def _present(self, server: Server, row: Row, resource: str | None = None, *, mark: bool = True) -> Present:
        address = f"{self.unit}:{resource or MAIL_SERVERS}"
        return Present(
            settings=odoo_settings.settings(server, row),
            write_only=WRITE_ONLY,
            marker=row["write_date"] or None,
            id=row["id"],
            mark=mark,
            archived=not row["active"],
            findings=tuple(odoo_settings.honest(server, row, address)),
        )

    def _about(self, server: Server, rows: Iterable[Row]) -> Iterator[Finding]:
        def about(rule: str, what: str, why: str, fix: str | None = None) -> Finding:
            return Finding(severity=Severity.WARNING, rule=rule, what=what, why=why, fix=fix, address=self.unit)

        if server.neutralized:
            why = "a mail server that is put into use here would send real mail from a copy"
            yield about("neutralized", "this is a neutralized copy of a database: no mail server is activated", why)
        elif not any(row["active"] and not row.get("owner_user_id") for row in rows):
            why = "Odoo then sends through smtp_server of odoo.conf, localhost:25 unless set"
            yield about("no-active-server", "no mail server is active", why)
        if server.major not in records.SUPPORTED:
            yield about("untested-version", f"Odoo {server.major} is newer than this tool", "its fields may differ")

    def close(self) -> None:
        if "odoo" in self.__dict__:
            self.odoo.close()


class OdooWriter(OdooReader):
    def __init__(self, unit: str, connect: Callable[[], odoo_rpc.Odoo], secrets: Opener) -> None:
        super().__init__(unit, connect)
        self._secrets = secrets

    @cached_property
    def server(self) -> Server:
        return records.server(self.odoo)

    def write(self, change: Change) -> None:
        key = str(change.address.resource.key)
        if change.action is Action.CREATE:
            self._create(key, change)
        elif change.action is Action.ARCHIVE:
            self._archive(self._row(change.id or self._id(key)))
        elif change.action in (Action.UPDATE, Action.ADOPT):
            current = self._row(change.id or self._id(key))
            values = self._checked(current, change)  # before our mark is touched: a refusal leaves no half of it
            self._mark(current, key, change)
            if values:
                records.write(self.odoo, current["id"], values)

    def _create(self, key: str, change: Change) -> None:
        values = {"name": key, "active": True, **self._values(change, {})}
        if values["active"]:
            self._check_activation()
        records.create(self.odoo, key, values)

    def _checked(self, current: Row, change: Change) -> Mapping[str, Any]:
        values = self._values(change, odoo_settings.settings(self.server, current))
        if fixed := [name for name in values if odoo_settings.is_fixed(self.server, current, name)]:
            raise PlatformRefused(
                f"the server's configuration file sets {', '.join(fixed)} of this mail server",
                why="the module mail_environment drops what is written to them, without a word",
                fix="change them in that file, or take them out of the declaration",
            )
        if values.get("active") and not current["active"]:
            self._check_activation()
        if values.get("active") is False and current["active"]:
            records.check_archive(self.odoo, self.server, current["id"])
        return values

    def _mark(self, current: Row, key: str, change: Change) -> None:
        if change.action is Action.ADOPT:
            if current.get("owner_user_id"):
                raise PlatformRefused("this mail server belongs to one user", fix="adopt another, or leave adopt out")
            records.adopt(self.odoo, key, current["id"])
        elif change.moved_from:
            records.rename(self.odoo, str(change.moved_from.resource.key), key)

    def _archive(self, current: Row) -> None:
        if current["active"]:
            records.check_archive(self.odoo, self.server, current["id"])
            records.write(self.odoo, current["id"], {"active": False})

    def _check_activation(self) -> None:
        if self.server.neutralized:
            raise PlatformRefused(
                "this database is neutralized: its mail servers stay out of use",
                why="a copy of production must not mail its people",
                fix="declare active: false for this environment",
            )

    def _values(self, change: Change, current: Settings) -> Mapping[str, Any]:
        after: dict[str, Value | SecretValue] = {}
        for field in change.fields:
            after[field.field] = self._secrets.open(field.after) if isinstance(field.after, SecretRef) else field.after
        return odoo_settings.values(self.server, after, current)

    def _row(self, record: int | str | None) -> Row:
        if not isinstance(record, int):
            raise PlatformMissing(f"{record!r} is not an id of Odoo", fix="plan again")
        return records.row(self.odoo, odoo_settings.asked(self.server), record)

    def _id(self, key: str) -> int:
        if found := records.marks(self.odoo).get(key):
            return found.record
        raise PlatformMissing(f"no mail server in Odoo carries our mark for {key}", fix="plan again")

    def test(self, resource: Resource) -> Handshake | None:
        current = self._row(self._id(str(resource.key)))
        start = time.monotonic()
        found = tested(self.odoo, current["id"])
        took = (time.monotonic() - start) * 1000
        check = CheckResult(
            id="SMTP501", status=found.status, reason=found.reason, evidence=found.message, advice=found.advice
        )
        return Handshake(
            relay=None,
            host=current["smtp_host"] or "",
            port=current["smtp_port"],
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
