"""Reads the service and all of its virtual servers by one script in one call."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.drivers.powershell.scripts import Script, script
from reconciler.drivers.powershell.session import ReadOnlySession
from reconciler.errors import PlatformAnswer
from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Live, Present, Reading, Unreadable
from reconciler.platforms.windows_smtp import access_lists, limits, spelling

PREFIX = "SmtpSvc/"


def ours(name: str) -> Script:
    return script(__package__, name)


@dataclass(slots=True, kw_only=True)
class SmtpReader:
    unit: str
    session: ReadOnlySession
    declared: frozenset[str] = field(default=frozenset())

    def about(self, resources: Collection[Resource]) -> None:
        """So that a virtual server that is declared and not there is told."""
        self.declared = frozenset(one.key for one in resources if one.key is not None)

    def read(self) -> Reading:
        """As Reader.read. Raises PlatformError."""
        found = self.session.read(ours("read"))
        try:
            return self._reading(found)
        except (KeyError, TypeError, ValueError):
            raise PlatformAnswer("the server's answer is incomplete", fix="report it") from None

    def close(self) -> None:
        """The pool stays open for the next unit of this run."""

    def _reading(self, found: Mapping[str, Any]) -> Reading:
        resources: dict[Resource, Live] = {Resource(collection=spelling.SERVICE): self._service(found)}
        for row in found["virtual_servers"]:
            resource = Resource(collection=spelling.SERVERS, key=f"{PREFIX}{row['name']}")
            resources[resource] = self._virtual_server(row, resource)
        names = ", ".join(str(one.key) for one in resources if one.key) or "none"
        for key in sorted(self.declared - {one.key for one in resources}):
            resource = Resource(collection=spelling.SERVERS, key=key)
            resources[resource] = Unreadable(
                finding=Finding(
                    severity=Severity.ERROR,
                    rule="no-virtual-server",
                    address=f"{self.unit}:{resource}",
                    what=f"there is no virtual server {key}",
                    why=f"there: {names}",
                    fix="create it in the IIS 6 Management Console, or give the name of one that is there",
                )
            )
        return Reading(unit=self.unit, resources=resources, findings=tuple(self._undeclared(resources)))

    def _undeclared(self, resources: Mapping[Resource, Live]) -> Iterator[Finding]:
        """No change tells of these, and an open relay beside a closed one is still open."""
        for resource, live in resources.items():
            if isinstance(live, Present) and resource.key is not None and resource.key not in self.declared:
                yield from (
                    replace(one, severity=Severity.WARNING) for one in live.findings if one.severity is Severity.RISK
                )

    def _service(self, found: Mapping[str, Any]) -> Present:
        settings = spelling.service(found)
        told = Finding(
            severity=Severity.WARNING,
            rule="not-automatic",
            address=f"{self.unit}:{spelling.SERVICE}",
            field="start_mode",
            holds=Holds.UNTIL_CHANGED,
            what=f"the service starts by {settings['start_mode']}: after a restart of the server, no mail is sent",
            fix="service: {start_mode: automatic}",
        )
        findings = () if settings["start_mode"] == "automatic" else (told,)
        return Present(settings=settings, mark=False, findings=findings)

    def _virtual_server(self, row: Mapping[str, Any], resource: Resource) -> Present:
        settings, address = spelling.settings(row), f"{self.unit}:{resource}"
        findings = (*limits.live(address, settings), *_broken(settings, address))
        return Present(settings=settings, id=str(row["name"]), mark=False, findings=findings)


def _broken(settings: Mapping[str, Any], address: str) -> Iterator[Finding]:
    """Windows Server 2022: nothing that is written there would be kept."""
    for one in spelling.LISTS:
        if settings[f"{one}.mode"] == access_lists.BROKEN:
            for part in ("mode", "entries"):
                yield Finding(
                    severity=Severity.ERROR,
                    rule="list-broken",
                    address=address,
                    field=f"{one}.{part}",
                    holds=Holds.UNTIL_DECIDED,
                    what=f"{one} cannot be read there",
                    why="Windows Server 2022 is known to ship a broken RelayIpList",
                    fix="repair MetaBase.xml as docs/platforms/windows-smtp.md says, then plan again",
                )
