"""A console without an API, of any maker: the page map that a team writes says which settings it has, and where.

Nothing about any product is known here. What a setting means, the map's names say: those of a relay where it has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from reconciler.drivers.admin_page import by_hand, checkup, declared, session
from reconciler.drivers.admin_page.console import Console
from reconciler.drivers.http import carried, site
from reconciler.errors import PlatformError
from reconciler.model.address import Resource
from reconciler.model.attestation import Guide, Line
from reconciler.model.checkup import Checkup
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Desired, Settings, Shape
from reconciler.platforms.admin_page import limits
from reconciler.platforms.admin_page.pages import SETTINGS, PageReader, PageWriter


def installation(connection: Connection) -> str:
    parts = urlsplit(str(connection["url"]))
    return f"admin-page:{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return declared.mapped(connection).settings


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return limits.normalised(declared.mapped(connection), settings)


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    try:
        site.check_url(str(connection["url"]))
    except PlatformError as error:
        yield error.finding(desired.address.unit)
    yield from limits.findings(desired, declared.mapped(connection))


def reader(unit: str, connection: Connection, secrets: Opener) -> PageReader:
    found = declared.mapped(connection)
    return PageReader(unit, lambda: session.reading(found, _console(unit, connection, secrets)))


def writer(unit: str, connection: Connection, secrets: Opener) -> PageWriter:
    found = declared.mapped(connection)
    return PageWriter(unit, lambda: session.writing(found, _console(unit, connection, secrets)), secrets)


def _console(unit: str, connection: Connection, secrets: Opener) -> Console:
    at = site.site(str(connection["url"]), connection)
    return declared.console(unit, connection, secrets, url=at.url, carry=carried.Carried(at))


def guide(connection: Connection) -> Guide | None:
    """With `driver: guided` a person types what the page map says; nobody tells who changed the page since."""
    if connection.get("driver") != "guided":
        return None
    found, days = declared.mapped(connection), connection.get("attestation_days")

    def lines(changes: Settings) -> tuple[Line, ...]:
        return by_hand.lines(found, changes)

    return Guide(
        product=found.product,
        url=str(connection["url"]),
        lines=lines,
        days=days if isinstance(days, int) else None,
    )


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    found = declared.mapped(connection)
    return checkup.checkup(found, session.reading(found, _console(unit, connection, secrets)), trace=trace)


PLATFORM = Platform(
    collections={SETTINGS: Shape.ONE},
    installation=installation,
    fields=fields,
    normalised=normalised,
    findings=findings,
    reader=reader,
    writer=writer,
    guide=guide,
    doctor=doctor,
)
