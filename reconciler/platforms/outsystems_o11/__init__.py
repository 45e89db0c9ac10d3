"""OutSystems 11: the email settings of an environment, through the pages of Service Center.

No API reads or writes them. What they mean follows the vendor's pages and release notes; how the pages are driven is
up to the page map and the driver.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from reconciler.drivers.admin_page import by_hand, checkup, session
from reconciler.drivers.http import site
from reconciler.errors import PlatformError
from reconciler.model.address import Resource
from reconciler.model.attestation import Guide, Line
from reconciler.model.checkup import Checkup
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Desired, Settings, Shape
from reconciler.platforms.outsystems_o11 import limits, pages
from reconciler.platforms.outsystems_o11 import settings as o11_settings
from reconciler.platforms.outsystems_o11.reader import O11Reader, refusals
from reconciler.platforms.outsystems_o11.settings import DEFAULTS, EMAIL, FIELDS
from reconciler.platforms.outsystems_o11.visit import Visit
from reconciler.platforms.outsystems_o11.writer import O11Writer


def installation(connection: Connection) -> str:
    parts = urlsplit(str(connection["url"]))
    return f"o11:{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return FIELDS


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return o11_settings.normalised(settings)


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    try:
        site.check_url(str(connection["url"]))
    except PlatformError as error:
        yield error.finding(desired.address.unit)
    yield from limits.findings(desired, connection, pages.page_map(connection).settings)


def defaults(collection: str, connection: Connection) -> Settings:
    return DEFAULTS


def reader(unit: str, connection: Connection, secrets: Opener) -> O11Reader:
    return O11Reader(Visit(unit, connection, secrets, session.reading))


def writer(unit: str, connection: Connection, secrets: Opener) -> O11Writer:
    return O11Writer(Visit(unit, connection, secrets, session.writing))


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    visit = Visit(unit, connection, secrets, session.reading)
    reading = visit.session()
    release = visit.release or connection.get("version")
    return checkup.checkup(visit.page_map, reading, trace=trace, release=str(release) if release else None)


def guide(connection: Connection) -> Guide | None:
    """With `driver: guided` a person types what the page map says; nobody tells who changed the pages since."""
    if connection.get("driver") != "guided":
        return None
    found, days = pages.page_map(connection), connection.get("attestation_days")

    def lines(changes: Settings) -> tuple[Line, ...]:
        return by_hand.lines(found, o11_settings.typed(changes, found.settings))

    return Guide(
        product=found.product,
        url=str(connection["url"]),
        lines=lines,
        days=days if isinstance(days, int) else None,
        then=lambda changes: o11_settings.FACTORY if o11_settings.RUNTIME & changes.keys() else None,
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
    refusals=refusals,
    guide=guide,
    doctor=doctor,
)
