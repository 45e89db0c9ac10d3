"""OutSystems Developer Cloud: the e-mail settings of a stage, through the public REST API.

What the vendor publishes is the API and its rules, not the keys: `connection.keys` says which key is which setting.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.drivers.http import site
from reconciler.model.address import Resource
from reconciler.model.answers.discovery import Discovery
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Desired, Settings, Shape
from reconciler.platforms.outsystems_odc import discovery, limits, login
from reconciler.platforms.outsystems_odc import settings as odc_settings
from reconciler.platforms.outsystems_odc.keys import APPS, DEFAULTS, STAGE
from reconciler.platforms.outsystems_odc.portal import Portal
from reconciler.platforms.outsystems_odc.reader import OdcReader
from reconciler.platforms.outsystems_odc.writer import OdcWriter

if TYPE_CHECKING:  # only doctor needs it
    from reconciler.model.checkup import Checkup


def installation(connection: Connection) -> str:
    """A stage: each has its own settings and its own state; the organisation's rate limits are kept apart from this."""
    parts = urlsplit(str(connection["portal"]))
    portfolio = connection.get("portfolio")
    names = [str(name) for name in (portfolio, connection["stage"]) if name is not None]
    return f"odc:{parts.scheme}://{parts.netloc.lower()}/{'/'.join(names)}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return odc_settings.fields(collection)


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return odc_settings.normalised(resource, settings, connection)


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    yield from site.problems(str(connection["portal"]), desired.address.unit)
    yield from limits.findings(desired, connection)


def defaults(collection: str, connection: Connection) -> Settings:
    return DEFAULTS if collection == STAGE else {}


def reader(unit: str, connection: Connection, secrets: Opener) -> OdcReader:
    """Raises PlatformDenied when connection has no client_secret."""
    return OdcReader(unit, Portal.reading(login.client(connection), secrets))


def writer(unit: str, connection: Connection, secrets: Opener) -> OdcWriter:
    """Raises PlatformDenied when connection has no client_secret."""
    return OdcWriter(unit, Portal.writing(login.client(connection), secrets), secrets)


def discovered(unit: str, connection: Connection, secrets: Opener) -> Discovery:
    """The keys of one stage. Raises PlatformError."""
    portal = Portal.reading(login.client(connection), secrets)
    try:
        return discovery.discovered(portal)
    finally:
        portal.close()


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    """`trace` is for consoles."""
    from reconciler.platforms.outsystems_odc import checkup

    return checkup.checkup(unit, lambda: Portal.reading(login.client(connection), secrets))


PLATFORM = Platform(
    collections={STAGE: Shape.ONE, APPS: Shape.MANY},
    installation=installation,
    fields=fields,
    client=lambda connection: "outsystems-odc",
    normalised=normalised,
    findings=findings,
    defaults=defaults,
    reader=reader,
    writer=writer,
    discovered=discovered,
    doctor=doctor,
)
