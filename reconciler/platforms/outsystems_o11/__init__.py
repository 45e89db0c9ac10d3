"""OutSystems 11: the email settings of an environment, through the pages of Service Center.

No API reads or writes them. What they mean follows the vendor's pages and release notes; how the pages are driven is
up to the page map and the driver.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.drivers.admin_page import by_hand, session
from reconciler.drivers.admin_page.visit import S, Sessions, Visit
from reconciler.drivers.http import carried, site
from reconciler.model.address import Resource
from reconciler.model.attestation import Guide
from reconciler.model.checkup import Checkup
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Desired, Settings, Shape
from reconciler.platforms.outsystems_o11 import lifetime, limits, pages
from reconciler.platforms.outsystems_o11 import settings as o11_settings
from reconciler.platforms.outsystems_o11.reader import O11Reader, refusals
from reconciler.platforms.outsystems_o11.settings import DEFAULTS, EMAIL, FIELDS
from reconciler.platforms.outsystems_o11.writer import O11Writer


def installation(connection: Connection) -> str:
    return site.identity("o11", str(connection["url"]))


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return FIELDS


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return o11_settings.normalised(settings)


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    yield from site.problems(str(connection["url"]), desired.address.unit)
    yield from limits.findings(desired, connection, pages.page_map(connection).settings)


def defaults(collection: str, connection: Connection) -> Settings:
    return DEFAULTS


def reader(unit: str, connection: Connection, secrets: Opener) -> O11Reader:
    return O11Reader(_visit(unit, connection, secrets, session.reading))


def writer(unit: str, connection: Connection, secrets: Opener) -> O11Writer:
    return O11Writer(_visit(unit, connection, secrets, session.writing))


def _visit(unit: str, connection: Connection, secrets: Opener, new: Sessions[S]) -> Visit[S]:
    return Visit(unit, connection, secrets, new, reach=carried.console, mapped=pages.page_map, told=lifetime.release)


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    from reconciler.drivers.admin_page import checkup
    from reconciler.drivers.http.reached import reached

    visit = _visit(unit, connection, secrets, session.reading)
    return checkup.checkup(visit, lambda: reached(site.site(str(connection["url"]), connection)), trace=trace)


def guide(connection: Connection) -> Guide | None:
    """With `driver: guided` a person types what the page map says; nobody tells who changed the pages since."""
    found = by_hand.guide(connection, pages.page_map, o11_settings.typed)
    return found and replace(found, then=_then)


def _then(changes: Settings) -> str | None:
    return o11_settings.FACTORY if o11_settings.RUNTIME & changes.keys() else None


PLATFORM = Platform(
    collections={EMAIL: Shape.ONE},
    installation=installation,
    fields=fields,
    client=lambda connection: "system-net-mail",
    normalised=normalised,
    findings=findings,
    defaults=defaults,
    reader=reader,
    writer=writer,
    refusals=refusals,
    guide=guide,
    doctor=doctor,
)
