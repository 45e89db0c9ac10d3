"""Reads a stage in one call, and each app that is declared in one more."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import PlatformAnswer, PlatformError
from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Live, Present, Reading, Unreadable
from reconciler.platforms.outsystems_odc import entries, stages
from reconciler.platforms.outsystems_odc.entries import Entry
from reconciler.platforms.outsystems_odc.keys import APPS, STAGE, Key, keys
from reconciler.platforms.outsystems_odc.portal import CONFIGURATIONS, VIEW, Portal, items, segment
from reconciler.platforms.outsystems_odc.settings import DOMAIN

_STAGE = Resource(collection=STAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app as it is deployed in a stage. A write gives `own_key` and `baseline` back, as the API gave them."""

    key: str
    own_key: str | None
    baseline: int | None
    deployed: int | None
    found: Mapping[str, Entry]


class OdcReader:
    """Apps cost a call each, so only those are read that somebody asks about."""

    def __init__(self, unit: str, portal: Portal) -> None:
        self.unit, self.portal = unit, portal
        self._apps: tuple[str, ...] = ()
        self.keys = keys(portal.client.connection, STAGE)
        self.app_keys = keys(portal.client.connection, APPS)

    def about(self, resources: Collection[Resource]) -> None:
        names = {resource.key for resource in resources if resource.collection == APPS and resource.key}
        experimental = self.portal.client.connection.get("experimental") is True
        self._apps = tuple(sorted(names)) if experimental else ()

    def read(self) -> Reading:
        """Raises PlatformMissing for a stage or app that is not there, PlatformAnswer for an answer off contract."""
        stage = stages.stage(self.portal)
        resources: dict[Resource, Live] = {}
        findings: list[Finding] = []
        address = f"{self.unit}:{_STAGE}"
        try:
            found = stage_entries(self.portal, stage, {key.key for key in self.keys.values()})
        except PlatformError as error:
            resources[_STAGE] = Unreadable(finding=error.finding(address))
        else:
            resources[_STAGE] = self._stage(entries.present(self.keys, found, address), stage)
            findings += entries.not_in_effect(self.keys, found, address, app=None)
        for name, live, told in self._read_apps(stage):
            resources[Resource(collection=APPS, key=name)] = live
            findings += told
        return Reading(unit=self.unit, resources=resources, findings=tuple(findings))

    def _stage(self, live: Present, stage: stages.Stage) -> Present:
        return Present(
            settings={**live.settings, DOMAIN: stage.domain},
            write_only=live.write_only,
            marker=live.marker,
            mark=False,
            pending=live.pending,
            findings=(*live.findings, *_unsaid(self.unit, self.keys)),
        )

    def _read_apps(self, stage: stages.Stage) -> Iterator[tuple[str, Live, tuple[Finding, ...]]]:
        if not self._apps:
            return
        known = stages.apps(self.portal, stage)
        for name in self._apps:
            address = f"{self.unit}:{APPS}[{name}]"
            try:
                app = app_entries(self.portal, stage, app_key(name, known, stage))
            except PlatformError as error:
                yield name, Unreadable(finding=error.finding(address)), ()
                continue
            if hidden := _not_exposed(self.app_keys, app, address, name):
                yield name, Unreadable(finding=hidden), ()
                continue
            told = (
                *entries.not_in_effect(self.app_keys, app.found, address, app=name),
                *entries.overrides(self.keys, app.found, address, name),
            )
            yield name, entries.present(self.app_keys, app.found, address), told

    def close(self) -> None:
        self.portal.close()


def stage_entries(portal: Portal, stage: stages.Stage, only: Container[str] | None = None) -> dict[str, Entry]:
    """The system configurations of a stage, by key. Raises PlatformAnswer for an answer off contract."""
    path = f"{CONFIGURATIONS}/environments/{segment(stage.key)}/default-system-configurations"
    about = f"the system configurations of stage {stage.name}"
    return entries.entries(items(portal.get(path, permission=VIEW, about=about), "systemConfigurations", about), only)


def app_key(name: str, known: Mapping[str, list[str]], stage: stages.Stage) -> str:
    """The key of a deployed app. Raises PlatformMissing without one, PlatformAnswer for several of one name."""
    if not (found := known.get(name)):
        raise stages.no_app(name, known, stage)
    if len(found) > 1:
        raise PlatformAnswer(
            f"{len(found)} apps in stage {stage.name} are named {name}",
            why="the settings of one must not be written to another",
            fix="rename one of them in ODC Portal",
        )
    return found[0]


def app_entries(portal: Portal, stage: stages.Stage, key: str) -> App:
    """The configurations of an app in a stage, by key. Raises PlatformAnswer for an answer off contract."""
    path = (
        f"{CONFIGURATIONS}/environments/{segment(stage.key)}/applications/{segment(key)}"
        "/revisions/deployed/configurations?fields=systemConfigurations&showBinaryValues=false"
    )
    about = f"the configurations of app {key} in stage {stage.name}"
    found = portal.get(path, permission=VIEW, about=about)
    listed = items(found, "systemConfigurations", about)
    return App(
        key=key,
        own_key=found.get("key"),
        baseline=_number(found.get("revisionBaseline")),
        deployed=_number(found.get("revisionDeployed")),
        found=entries.entries(listed),
    )


def _number(found: Any) -> int | None:
    return found if isinstance(found, int) else None


def _not_exposed(wanted: Mapping[str, Key], app: App, address: str, name: str) -> Finding | None:
    if all(key.key in app.found for key in wanted.values()):
        return None
    missing = ", ".join(sorted(setting for setting, key in wanted.items() if key.key not in app.found))
    return Finding(
        severity=Severity.ERROR,
        rule="not-exposed",
        what=f"the public API does not return {missing} of app {name}",
        why="OutSystems does not document that the test list is among an app's configurations",
        fix=f"set it by hand: ODC Portal, app {name}, Configuration, Emails; and remove apps from the file",
        address=address,
    )


def _unsaid(unit: str, known: Mapping[str, Key]) -> Iterator[Finding]:
    if "encryption" not in known:
        yield Finding(
            severity=Severity.NOTE,
            rule="encryption-not-told",
            what="encryption: checked by the handshake; ODC has no documented setting",
            address=f"{unit}:{_STAGE}",
            field="encryption",
        )
