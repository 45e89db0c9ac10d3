"""NetBrain: the outgoing email server settings, through the page of System Management.

No API reads or writes them (R11 to R12.3a). The audit log of the REST API tells who changed them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

from reconciler.drivers.admin_page import by_hand, declared, session
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.drivers.admin_page.visit import S, Sessions, Visit
from reconciler.drivers.http import carried, site
from reconciler.model.address import Resource
from reconciler.model.attestation import ConsoleEvent, Guide
from reconciler.model.checkup import Checkup
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Desired, Settings, Shape
from reconciler.platforms.netbrain import audit_log, limits
from reconciler.platforms.netbrain import settings as netbrain_settings
from reconciler.platforms.netbrain.reader import NetBrainReader
from reconciler.platforms.netbrain.settings import DEFAULTS, EMAIL, FIELDS
from reconciler.platforms.netbrain.writer import NetBrainWriter


def installation(connection: Connection) -> str:
    return site.identity("netbrain", str(connection["url"]))


def page_map(connection: Connection, release: str | None = None) -> PageMap:
    """The team's own, or the one shipped for R12.3."""
    return declared.mapped(connection, files(__package__) / "maps" / "12.3.yaml")


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return FIELDS


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return netbrain_settings.normalised(settings)


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    yield from site.problems(str(connection["url"]), desired.address.unit)
    yield from limits.findings(desired, page_map(connection).settings)


def defaults(collection: str, connection: Connection) -> Settings:
    return DEFAULTS


def reader(unit: str, connection: Connection, secrets: Opener) -> NetBrainReader:
    return NetBrainReader(_visit(unit, connection, secrets, session.reading))


def writer(unit: str, connection: Connection, secrets: Opener) -> NetBrainWriter:
    return NetBrainWriter(_visit(unit, connection, secrets, session.writing))


def _visit(unit: str, connection: Connection, secrets: Opener, new: Sessions[S]) -> Visit[S]:
    return Visit(unit, connection, secrets, new, reach=carried.console, mapped=page_map)


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    from reconciler.drivers.admin_page import checkup
    from reconciler.drivers.http.reached import reached

    visit = _visit(unit, connection, secrets, session.reading)
    return checkup.checkup(
        visit,
        lambda: reached(site.site(str(connection["url"]), connection)),
        trace=trace,
        beside=lambda: audit_log.checkup(connection, secrets, datetime.now(UTC)),
    )


def guide(connection: Connection) -> Guide | None:
    """With `driver: guided` a person types what the page map says; the audit log tells who was there since."""

    def events(secrets: Opener, since: str) -> tuple[ConsoleEvent, ...]:
        return audit_log.since(audit_log.events(connection, secrets, datetime.now(UTC)), since)

    found = by_hand.guide(connection, page_map, netbrain_settings.on_page)
    return found and replace(found, events=events)


PLATFORM = Platform(
    collections={EMAIL: Shape.ONE},
    installation=installation,
    fields=fields,
    client=lambda connection: "netbrain",
    normalised=normalised,
    findings=findings,
    defaults=defaults,
    reader=reader,
    writer=writer,
    guide=guide,
    doctor=doctor,
)
