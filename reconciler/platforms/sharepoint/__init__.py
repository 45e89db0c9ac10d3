"""SharePoint Server on-premises: outgoing e-mail of the farm (Central Administration) and of its web applications."""

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
from reconciler.platforms.sharepoint import by_scripts, limits, refusals, remarks, spelling
from reconciler.platforms.sharepoint.faults import explain
from reconciler.platforms.sharepoint.reader import FarmReader, ours
from reconciler.platforms.sharepoint.writer import FarmWriter

_AUTH = "credssp"  # the farm's database is a second hop


def installation(connection: Connection) -> str:
    """By the server that is asked; `farm` names it where several servers may be asked."""
    return f"sharepoint:{str(connection.get('farm') or connection['host']).lower()}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return spelling.FIELDS


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return spelling.normalised(settings)


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    return (*limits.findings(desired), *reached.findings(desired, connection, _AUTH))


def defaults(collection: str, connection: Connection) -> Settings:
    return spelling.DEFAULTS


def reader(unit: str, connection: Connection, secrets: Opener) -> FarmReader:
    reached = server.server(connection, secrets, default_auth=_AUTH)
    reads = frozenset({ours("read").digest})
    return FarmReader(unit=unit, session=ReadOnlySession(server=reached, reads=reads, explain=explain))


def writer(unit: str, connection: Connection, secrets: Opener) -> FarmWriter:
    reached = server.server(connection, secrets, default_auth=_AUTH)
    reads = frozenset({ours("read").digest, ours("probe").digest})
    servers = connection.get("servers")
    return FarmWriter(
        unit=unit,
        session=Session(server=reached, reads=reads, explain=explain),
        secrets=secrets,
        servers=tuple(map(str, servers)) if isinstance(servers, tuple) else (),
    )


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    """`trace` is for consoles."""
    from reconciler.platforms.sharepoint import checkup

    return checkup.checkup(reader(unit, connection, secrets))


PLATFORM = Platform(
    # the farm first: its key is for all
    collections={spelling.FARM: Shape.ONE, spelling.WEB_APPLICATIONS: Shape.MANY},
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
    remarks=remarks.remarks,
    refusals=refusals.refusals,
)
