"""The SMTP service of Windows (IIS 6): a relay beside SharePoint and other applications, up to Windows Server 2022."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.drivers.powershell import limits as reached
from reconciler.drivers.powershell import server
from reconciler.drivers.powershell.session import ReadOnlySession, Session
from reconciler.model.address import Resource
from reconciler.model.checkup import Checkup
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Desired, Settings, Shape
from reconciler.platforms.windows_smtp import by_scripts, limits, refusals, spelling
from reconciler.platforms.windows_smtp.faults import explain
from reconciler.platforms.windows_smtp.reader import SmtpReader, ours
from reconciler.platforms.windows_smtp.writer import SmtpWriter


def installation(connection: Connection) -> str:
    return server.installation("windows-smtp", connection)


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return spelling.SERVICE_FIELDS if collection == spelling.SERVICE else spelling.FIELDS | spelling.HANDSHAKE


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return spelling.normalised(resource.collection, settings)


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    mine = limits.findings(desired, connection) if desired.address.resource.collection == spelling.SERVERS else ()
    return (*mine, *reached.findings(desired, connection, server.DEFAULT_AUTH))


def defaults(collection: str, connection: Connection) -> Settings:
    return {} if collection == spelling.SERVICE else spelling.DEFAULTS


def reader(unit: str, connection: Connection, secrets: Opener) -> SmtpReader:
    reached = server.server(connection, secrets)
    reads = frozenset({ours("read").digest})
    return SmtpReader(unit=unit, session=ReadOnlySession(server=reached, reads=reads, explain=explain))


def writer(unit: str, connection: Connection, secrets: Opener) -> SmtpWriter:
    reached = server.server(connection, secrets)
    reads = frozenset({ours("read").digest})
    return SmtpWriter(unit=unit, session=Session(server=reached, reads=reads, explain=explain))


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    """`trace` is for consoles."""
    from reconciler.platforms.windows_smtp import checkup

    return checkup.checkup(reader(unit, connection, secrets))


PLATFORM = Platform(
    # the service last: it starts with settings that are right
    collections={spelling.SERVERS: Shape.MANY, spelling.SERVICE: Shape.ONE},
    installation=installation,
    fields=fields,
    client=lambda connection: "system-net-mail",
    reader=reader,
    writer=writer,
    guide=by_scripts.guide,
    normalised=normalised,
    findings=findings,
    defaults=defaults,
    doctor=doctor,
    refusals=refusals.refusals,
    risks=frozenset({limits.OPEN}),
)
