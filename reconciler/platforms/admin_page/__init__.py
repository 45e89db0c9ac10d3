"""A console without an API, of any maker: the page map that a team writes says which settings it has, and where.

Nothing about any product is known here. What a setting means, the map's names say: those of a relay where it has them.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.drivers.admin_page import by_hand, declared, session
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.drivers.admin_page.visit import S, Sessions, Visit
from reconciler.drivers.http import carried, site
from reconciler.model.address import Resource
from reconciler.model.attestation import Guide
from reconciler.model.checkup import Checkup
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Desired, Settings, Shape
from reconciler.platforms.admin_page import limits
from reconciler.platforms.admin_page.pages import SETTINGS, PageReader, PageWriter


def installation(connection: Connection) -> str:
    return site.identity("admin-page", str(connection["url"]))


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return declared.mapped(connection).settings


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return limits.normalised(declared.mapped(connection), settings)


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    yield from site.problems(str(connection["url"]), desired.address.unit)
    yield from limits.findings(desired, declared.mapped(connection))


def reader(unit: str, connection: Connection, secrets: Opener) -> PageReader:
    return PageReader(_visit(unit, connection, secrets, session.reading))


def writer(unit: str, connection: Connection, secrets: Opener) -> PageWriter:
    return PageWriter(_visit(unit, connection, secrets, session.writing))


def _visit(unit: str, connection: Connection, secrets: Opener, new: Sessions[S]) -> Visit[S]:
    return Visit(unit, connection, secrets, new, reach=carried.console, mapped=_mapped)


def _mapped(connection: Connection, release: str | None = None) -> PageMap:
    return declared.mapped(connection)


def guide(connection: Connection) -> Guide | None:
    """With `driver: guided` a person types what the page map says; nobody tells who changed the page since."""
    return by_hand.guide(connection, _mapped, lambda changes, known: changes)


def client(connection: Connection) -> str | None:
    """As declared: nothing is known about the product."""
    return str(connection["client"]) if "client" in connection else None


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    from reconciler.drivers.admin_page import checkup
    from reconciler.drivers.http.reached import reached

    visit = _visit(unit, connection, secrets, session.reading)
    return checkup.checkup(visit, lambda: reached(site.site(str(connection["url"]), connection)), trace=trace)


PLATFORM = Platform(
    collections={SETTINGS: Shape.ONE},
    installation=installation,
    fields=fields,
    normalised=normalised,
    findings=findings,
    client=client,
    reader=reader,
    writer=writer,
    guide=guide,
    doctor=doctor,
)
