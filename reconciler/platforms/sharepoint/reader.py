"""Reads a whole farm by one script in one call, however many web applications it has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from reconciler.drivers.powershell.scripts import Script, script
from reconciler.drivers.powershell.session import ReadOnlySession
from reconciler.errors import PlatformAnswer
from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Live, Present, Reading, Unreadable, Value
from reconciler.platforms.sharepoint import refusals, spelling, versions

_FARM = Resource(collection=spelling.FARM)
_HIDDEN_ON_SE = "smtp_certificate"  # its property is not documented


def ours(name: str) -> Script:
    return script(__package__, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An answer of `read.ps1`."""

    build: str
    servers: tuple[str, ...]
    parameters: frozenset[str]
    rows: tuple[Mapping[str, Any], ...]

    @property
    def central(self) -> Mapping[str, Any]:
        """The row of Central Administration. Raises PlatformAnswer where there is not exactly one."""
        found = [row for row in self.rows if row["central"]]
        if len(found) != 1:
            raise PlatformAnswer(f"the farm shows {len(found)} Central Administrations instead of one")
        return found[0]


def _seen(found: Mapping[str, Any]) -> Seen:
    """Raises PlatformAnswer when it is not what the script promises."""
    try:
        return Seen(
            build=str(found["build"]),
            servers=tuple(map(str, found["servers"])),
            parameters=frozenset(map(str, found["parameters"])),
            rows=tuple({**row, "id": str(row["id"]), "url": str(row["url"])} for row in found["web_applications"]),
        )
    except (KeyError, TypeError, ValueError):
        raise PlatformAnswer("the farm's answer is incomplete", fix="report it") from None


@dataclass(slots=True, kw_only=True)
class FarmReader:
    unit: str
    session: ReadOnlySession
    declared: frozenset[str] = field(default=frozenset())

    def about(self, resources: Collection[Resource]) -> None:
        """So that a web application that is declared and not there is told, and keeps its spelling."""
        self.declared = frozenset(one.key for one in resources if one.key is not None)

    def read(self) -> Reading:
        found = self.seen()
        resources: dict[Resource, Live] = {_FARM: self._present(found, found.central, _FARM)}
        for row in found.rows:
            if not row["central"]:
                resource = Resource(collection=spelling.WEB_APPLICATIONS, key=self._key(row["url"]))
                resources[resource] = self._present(found, row, resource)
        for key in sorted(self.declared - {one.key for one in resources}):
            resource = Resource(collection=spelling.WEB_APPLICATIONS, key=key)
            resources[resource] = Unreadable(finding=self._not_there(resource, found))
        return Reading(unit=self.unit, resources=resources)

    def close(self) -> None:
        """The pool stays open for the next unit of this run."""

    def seen(self) -> Seen:
        """Raises PlatformError."""
        return _seen(self.session.read(ours("read")))

    def _key(self, url: str) -> str:
        shown = url.rstrip("/")
        return next((key for key in self.declared if spelling.same_url(key, shown)), shown)

    def _present(self, found: Seen, row: Mapping[str, Any], resource: Resource) -> Present:
        settings: dict[str, Value] = spelling.settings(row)
        lacks = versions.lacking(found.parameters, row)
        write_only = {"credential_key", _HIDDEN_ON_SE} - set(lacks)
        if settings["username"] is not None:
            write_only.add("password")
        settings |= dict.fromkeys({"password", "credential_key", _HIDDEN_ON_SE} - write_only)
        return Present(
            settings=settings,
            write_only=frozenset(write_only),
            id=row["id"],
            mark=False,
            rewritten_with={"credential_key": frozenset({"password"})},
            beside={
                refusals.LACKS: lacks,
                refusals.PRODUCT: versions.name(found.build),
                refusals.CLEARS: versions.CLEARS_HOST in found.parameters,
            },
            findings=tuple(self._findings(found, row, resource)),
        )

    def _findings(self, found: Seen, row: Mapping[str, Any], resource: Resource) -> list[Finding]:
        if row["central"] or spelling.settings(row) != spelling.settings(found.central):
            return []
        return [
            Finding(
                severity=Severity.NOTE,
                rule="equal-to-farm",
                address=f"{self.unit}:{resource}",
                what="equal to the farm",
                why="SharePoint does not show whether it inherits these settings or has its own that are the same; a "
                "write gives it its own",
            )
        ]

    def _not_there(self, resource: Resource, found: Seen) -> Finding:
        known = [row["url"].rstrip("/") for row in found.rows if not row["central"]]
        near = get_close_matches(str(resource.key), known, n=1, cutoff=0.8)
        return Finding(
            severity=Severity.ERROR,
            rule="no-web-application",
            address=f"{self.unit}:{resource}",
            what=f"no web application of this farm has the URL {resource.key}",
            why=f"there: {', '.join(sorted(known)) or 'none'}; Central Administration is farm",
            fix=f"did you mean {near[0]}?" if near else "give the URL of its default zone",
        )
