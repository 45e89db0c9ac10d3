"""Writes what a change says: only the changed elements, in one call, after a last look at what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.errors import PlatformError, PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change, FieldChange, FieldKind
from reconciler.model.finding import Severity
from reconciler.model.handshake import Handshake
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Present, Reading, Settings
from reconciler.platforms.outsystems_odc import entries, operations, stages
from reconciler.platforms.outsystems_odc.entries import Entry
from reconciler.platforms.outsystems_odc.keys import APPS, DEFAULTS, Key
from reconciler.platforms.outsystems_odc.portal import (
    CONFIGURATIONS,
    DOMAINS,
    EDIT,
    EDIT_EMAIL,
    ENVIRONMENTS,
    Call,
    Portal,
    segment,
)
from reconciler.platforms.outsystems_odc.reader import OdcReader, app_entries, app_key, stage_entries
from reconciler.platforms.outsystems_odc.settings import DOMAIN

Elements = list[dict[str, str | SecretValue]]


class OdcWriter(OdcReader):
    def __init__(self, unit: str, portal: Portal, secrets: Opener) -> None:
        super().__init__(unit, portal)
        self._secrets = secrets
        self._fresh = False  # the list of stages has to be read anew: it shows the default domain

    def read(self) -> Reading:
        if self._fresh:
            stages.forget(self.portal)
        return super().read()

    def write(self, change: Change) -> None:
        """Raises PlatformRefused for what ODC has not, or has changed since the plan; else PlatformError."""
        if change.action is not Action.UPDATE:
            what = f"ODC has nothing to {change.action}"
            raise PlatformRefused(what, fix="plan again", address=str(change.address))
        resource = change.address.resource
        if resource.collection == APPS:
            self._write_app(str(resource.key), change)
        else:
            self._write_stage(change)

    def test(self, resource: Resource) -> Handshake | None:  # no test by API is documented
        return None

    def _write_stage(self, change: Change) -> None:
        mapped = replace(change, fields=tuple(field for field in change.fields if field.field != DOMAIN))
        domain = next((field for field in change.fields if field.field == DOMAIN), None)
        if domain is not None:
            stages.forget(self.portal)
        stage = stages.stage(self.portal)
        if domain is not None:
            _unmoved(domain, {DOMAIN: stage.domain})
        if mapped.fields:
            elements = self._elements(mapped, self.keys, stage_entries(self.portal, stage))
            path = f"{CONFIGURATIONS}/environments/{segment(stage.key)}/default-system-configurations"
            about = f"the system configurations of stage {stage.name}"
            body = {"systemConfigurations": elements}
            self.portal.send(Call(verb="PATCH", path=path, permission=EDIT_EMAIL, about=about, body=body))
        if domain is not None:
            self._write_domain(stage, str(domain.after), done=[field.field for field in mapped.fields])

    def _write_domain(self, stage: stages.Stage, domain: str, done: list[str]) -> None:
        path = f"{ENVIRONMENTS}/environments/{segment(stage.key)}/default-domain"
        about = f"the default domain of stage {stage.name}"
        self._fresh = True
        try:
            self.portal.send(
                Call(verb="PATCH", path=path, permission=DOMAINS, about=about, body={"defaultDomain": domain})
            )
        except PlatformError as error:
            if done:
                error.what += f"; {', '.join(done)} were already written"
            raise

    def _write_app(self, name: str, change: Change) -> None:
        stage = stages.stage(self.portal)
        app = app_entries(self.portal, stage, app_key(name, stages.apps(self.portal, stage), stage))
        elements = self._elements(change, self.app_keys, app.found)
        if app.deployed is None:
            raise PlatformRefused(
                f"app {name} has no deployed revision in stage {stage.name}",
                why="configurations are applied to a deployed revision",
                fix="deploy it first",
            )
        path = f"{CONFIGURATIONS}/environments/{segment(stage.key)}/applications/{segment(app.key)}/configurations"
        body = {"key": app.own_key, "revisionBaseline": app.baseline, "systemConfigurations": elements}
        about = f"the configurations of app {name} in stage {stage.name}"
        self.portal.send(Call(verb="PATCH", path=path, permission=EDIT, about=about, body=body))
        operations.apply_configs(self.portal, app=app.key, stage=stage.key, revision=app.deployed, name=name)

    def _elements(self, change: Change, keys: Mapping[str, Key], found: Mapping[str, Entry]) -> Elements:
        """What to send. Refuses when somebody was faster, or when a key is not what it was."""
        address = str(change.address)
        live = entries.present(keys, found, address)
        changed = {field.field for field in change.fields}
        for fault in live.findings:
            if fault.severity is Severity.ERROR and fault.field in changed:
                raise PlatformRefused(fault.what, why=fault.why, fix=fault.fix, address=address)
        _same_marker(change, live)
        for field in change.fields:
            if field.field not in live.write_only:
                _unmoved(field, live.settings)
        return [self._element(field, keys[field.field]) for field in change.fields]

    def _element(self, field: FieldChange, key: Key) -> dict[str, str | SecretValue]:
        if isinstance(field.after, SecretRef):
            return {"key": key.key, "value": self._secrets.open(field.after)}
        after = DEFAULTS.get(field.field) if field.kind is FieldKind.UNSET else field.after
        return {"key": key.key, "value": key.theirs(after)}


def _same_marker(change: Change, live: Present) -> None:
    hidden = [field.field for field in change.fields if field.field in live.write_only]
    if hidden and live.marker != change.marker:
        raise PlatformRefused(
            f"{', '.join(hidden)}: changed in ODC at {live.marker}; in the plan: {change.marker or 'no time'}",
            why="it was changed after the plan was made; nothing was written",
            fix="plan again",
        )


def _unmoved(field: FieldChange, live: Settings) -> None:
    if (now := live.get(field.field)) != field.before:
        raise PlatformRefused(
            f"{field.field}: ODC now has {now}; in the plan: {field.before}",
            why="it was changed after the plan was made; nothing was written",
            fix="plan again",
        )
