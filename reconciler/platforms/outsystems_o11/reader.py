"""Reads the pages of one environment, and says what its release cannot do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.drivers.admin_page.console import Seen
from reconciler.drivers.admin_page.session import ReadSession
from reconciler.drivers.admin_page.visit import S, Visit
from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Present, Reading, Settings
from reconciler.platforms.outsystems_o11 import limits, releases
from reconciler.platforms.outsystems_o11.settings import EMAIL, PRESS, RUNTIME, SECRETS, shown

RESOURCE = Resource(collection=EMAIL)
RELEASE = "release"  # as LifeTime has it: what no file can declare


class O11Reader:
    def __init__(self, visit: Visit[ReadSession]) -> None:
        self._visit = visit

    def read(self) -> Reading:
        return reading(self._visit)

    def close(self) -> None:
        self._visit.close()


def reading(visit: Visit[S]) -> Reading:
    present = _present(visit.session().read(), visit)
    return Reading(unit=visit.unit, resources={RESOURCE: present}, findings=tuple(_differs(visit)))


def refusals(changes: Sequence[Change], reading: Reading) -> Iterator[Finding]:
    """What the release that LifeTime tells cannot do with the settings as they would be."""
    live = reading.live(RESOURCE)
    if not isinstance(live, Present) or (release := live.beside.get(RELEASE)) is None:
        return
    for change in changes:
        after = {**live.settings, **{field.field: field.after for field in change.fields}}
        for said in limits.of_release(str(release), after):
            if said.severity is Severity.ERROR:
                yield limits.finding(said, str(change.address))


def _present(seen: Seen, visit: Visit[S]) -> Present:
    unit, release = visit.unit, visit.release
    page = shown(seen.values, visit.page_map.settings)
    settings = {field: value for field, value in page.items() if field not in SECRETS}
    told = limits.of_release(release, settings) if release else ()
    warned = (limits.finding(one, f"{unit}:{EMAIL}") for one in told if one.severity is not Severity.ERROR)
    beside = {RELEASE: release} if release else {}
    return Present(
        settings=settings,
        write_only=SECRETS,
        pending=_pending(seen, settings),
        pending_by_hand=PRESS,
        beside=beside,
        findings=(*seen.findings, *warned),
    )


def _pending(seen: Seen, settings: Settings) -> frozenset[str] | None:
    """None where no page tells; the shipped maps know no sign of it."""
    return None if seen.waiting is None else RUNTIME & settings.keys() if seen.waiting else frozenset()


def _differs(visit: Visit[S]) -> Iterator[Finding]:
    version = visit.connection.get("version")
    if version is not None and visit.release and not releases.same(str(version), visit.release):
        yield Finding(
            severity=Severity.WARNING,
            rule="release-differs",
            what=f"connection.version is {version}, and LifeTime says {visit.release}",
            why="the pages and their limits differ by the release",
            fix=f'connection: {{version: "{visit.release}"}}, or leave it out',
            address=visit.unit,
        )
