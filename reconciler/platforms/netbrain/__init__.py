"""NetBrain: the outgoing email server settings, through the page of System Management.

No API reads or writes them (R11 to R12.3a). The audit log of the REST API tells who changed them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from reconciler.drivers.admin_page import by_hand, checkup, session
from reconciler.drivers.http import site
from reconciler.errors import PlatformError
from reconciler.model.address import Resource
from reconciler.model.attestation import ConsoleEvent, Guide, Line
from reconciler.model.checkup import Checkup
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Desired, Settings, Shape
from reconciler.platforms.netbrain import audit_log, limits
from reconciler.platforms.netbrain import settings as netbrain_settings
from reconciler.platforms.netbrain.reader import NetBrainReader
from reconciler.platforms.netbrain.settings import DEFAULTS, EMAIL, FIELDS
from reconciler.platforms.netbrain.visit import Visit, page_map
from reconciler.platforms.netbrain.writer import NetBrainWriter


def installation(connection: Connection) -> str:
    parts = urlsplit(str(connection["url"]))
    return f"netbrain:{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return FIELDS


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return netbrain_settings.normalised(settings)


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    try:
        site.check_url(str(connection["url"]))
    except PlatformError as error:
        yield error.finding(desired.address.unit)
    yield from limits.findings(desired, page_map(connection).settings)


def defaults(collection: str, connection: Connection) -> Settings:
    return DEFAULTS


def reader(unit: str, connection: Connection, secrets: Opener) -> NetBrainReader:
    return NetBrainReader(Visit(unit, connection, secrets, session.reading))


def writer(unit: str, connection: Connection, secrets: Opener) -> NetBrainWriter:
    return NetBrainWriter(Visit(unit, connection, secrets, session.writing))


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    visit = Visit(unit, connection, secrets, session.reading)
    reading = visit.session()
    return checkup.checkup(visit.page_map, reading, trace=trace)


def guide(connection: Connection) -> Guide | None:
    """With `driver: guided` a person types what the page map says; the audit log tells who was there since."""
    if connection.get("driver") != "guided":
        return None
    found, days = page_map(connection), connection.get("attestation_days")

    def lines(changes: Settings) -> tuple[Line, ...]:
        return by_hand.lines(found, netbrain_settings.known(netbrain_settings.typed(changes), found.settings))

    def events(secrets: Opener, since: str) -> tuple[ConsoleEvent, ...]:
        return audit_log.since(audit_log.events(connection, secrets, datetime.now(UTC)), since)

    return Guide(
        product=found.product,
        url=str(connection["url"]),
        lines=lines,
        events=events,
        days=days if isinstance(days, int) else None,
    )


PLATFORM = Platform(
    collections={EMAIL: Shape.ONE},
    installation=installation,
    fields=fields,
    normalised=normalised,
    findings=findings,
    defaults=defaults,
    reader=reader,
    writer=writer,
    guide=guide,
    doctor=doctor,
)
