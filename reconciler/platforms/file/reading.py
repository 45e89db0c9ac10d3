"""Reads the settings of an application from its file; a trial tells what no write could change in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from reconciler.drivers.textfile.file import Content, ReadOnlyFile
from reconciler.drivers.textfile.readers import NEVER_NEW
from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Absent, Connection, Live, Present, Reading, Unreadable
from reconciler.model.text.scalar import Scalar
from reconciler.platforms.file import limits, overrides
from reconciler.platforms.file.around import Around
from reconciler.platforms.file.keys import Placed
from reconciler.platforms.file.layout import Layout, keys_of, layout, mailers, placed

SECRETS = limits.SECRETS
_SETTINGS = Resource(collection="settings")


@lru_cache(maxsize=10_000)
def _is_told(there: Layout, name: str) -> bool:
    """Whether a key is that of a mailer, and no secret."""
    return bool(mailers(there, name).keys() - SECRETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReader:
    unit: str
    file: ReadOnlyFile
    connection: Connection
    declared: set[Resource] = field(default_factory=set)

    def notes_in(self, folder: Path) -> None:
        self.file.notes_in(folder)

    def read(self) -> Reading:
        """One read of the file for all resources. No file yet: absent, a write makes it."""
        there = layout(self.connection)
        of_all = placed(there, _SETTINGS)
        names = {name for key in of_all if key.setting not in SECRETS for name in key.names}
        names |= overrides.names(there.deciders, of_all)
        content = self.file.read(lambda name: name in names or _is_told(there, name))
        missing = (self._missing(),) if content is None else ()
        beside = tuple(self._around(content))
        return Reading(unit=self.unit, resources=dict(self._resources(content)), findings=missing, beside_writes=beside)

    def close(self) -> None:
        self.file.close()

    def _around(self, content: Content | None) -> Iterator[Finding]:
        """What a write would do to the file itself."""
        there = layout(self.connection)
        around = Around(
            unit=self.unit,
            path=self.file.path,
            declared=limits.mode(self.connection),
            in_place=self.connection.get("replace") == "in-place",
            secrets=tuple(sorted({key.setting for key in there.keys} & SECRETS)),
        )
        if content is None:
            return around.of_new_file()
        known = any(name in content.keys for key in placed(there, _SETTINGS) for name in key.names)
        known = known or any(mailers(there, name) for name in content.keys)
        return around.of_file(content, known=known)

    def _resources(self, content: Content | None) -> Iterator[tuple[Resource, Live]]:
        if content is None:
            for resource in {*self.declared, *((_SETTINGS,) if keys_of("settings", self.connection) else ())}:
                yield resource, self._no_file(resource)
            return
        if keys_of("settings", self.connection):
            yield _SETTINGS, self._present(_SETTINGS, content)
        there = layout(self.connection)
        named = {mailer for name in content.keys for mailer in mailers(there, name).values()}
        found = {_SETTINGS, *(Resource(collection="mailers", key=mailer) for mailer in named)}
        others = sorted(found - {_SETTINGS}, key=str)
        free = not self.file.refusals(
            {name: word for one in others for name, word in self._tried(one, content).items()}
        )
        for resource in others:
            yield resource, self._present(resource, content, free=free)
        missing = sorted(self.declared - found, key=str)
        new = {name: word for one in missing for name, word in self._tried(one, content).items()}
        free = not missing or not self.file.refusals(new)
        for resource in missing:
            yield resource, Absent() if free else self._absent(resource, content)

    def about(self, resources: Collection[Resource]) -> None:
        """Which mailers are declared: whether one that is not there yet can be put there."""
        self.declared.update(resources)

    def _keys(self, resource: Resource) -> tuple[Placed, ...]:
        return placed(layout(self.connection), resource)

    def _absent(self, resource: Resource, content: Content) -> Live:
        """Not there; but what could not be put there is told now, and not when it is written."""
        if found := next(self._refused(resource, content), None):
            return Unreadable(finding=replace(found, field=None))
        return Absent()

    def _refused(self, resource: Resource, content: Content) -> Iterator[Finding]:
        """One for each setting that no write could change in the file as it is."""
        problems = self.file.refusals(self._tried(resource, content))
        for key in self._keys(resource) if problems else ():
            if name := next((name for name in key.names if name in problems), None):
                yield Finding(
                    severity=Severity.ERROR,
                    rule="not-writable",
                    holds=Holds.UNTIL_DECIDED,
                    what=f"{self.file.path}: {problems[name].what}",
                    why="the file's layout leaves no place for a value",
                    fix=problems[name].fix,
                    address=f"{self.unit}:{resource}",
                    field=key.setting,
                )

    def _tried(self, resource: Resource, content: Content) -> Mapping[str, Scalar | None]:
        tried = (key.trial.items() for key in self._keys(resource))
        return {name: word for words in tried for name, word in words if name not in content.twice}

    def _present(self, resource: Resource, content: Content, *, free: bool = False) -> Present:
        """`free`: it is known already that all of it can be written."""
        there = self._keys(resource)
        how = layout(self.connection)
        settings = {key.setting: key.ours(content.values) for key in there if key.setting not in SECRETS}
        secret = {key.setting: key.names[0] for key in there if key.setting in SECRETS}
        lost = {setting for setting, name in secret.items() if name not in content.keys}  # that much can be seen
        deciding = tuple(overrides.found(how.deciders, there, content)) if how.deciders or content.of_profiles else ()
        again = there if content.twice else ()
        twice = [(key.setting, name) for key in again for name in key.names if name in content.twice]
        return Present(
            settings={**settings, **dict.fromkeys(lost)},
            write_only=frozenset(secret) - lost,
            marker=content.marker,
            mark=False,  # a file cannot carry our mark
            beside=overrides.beside(deciding),
            findings=(
                *(overrides.finding(one, self.file.path, f"{self.unit}:{resource}") for one in deciding),
                *(self._twice(resource, setting, name) for setting, name in twice),
                *(self._variables(resource, content) if content.variables else ()),
                *(self._half_a_login(resource, settings, lost) if how.login == "both" else ()),
                *(() if free else self._refused(resource, content)),
            ),
        )

    def _half_a_login(
        self, resource: Resource, settings: Mapping[str, Scalar | None], lost: Collection[str]
    ) -> Iterator[Finding]:
        if settings.get("username") and "password" in lost:
            yield Finding(
                severity=Severity.WARNING,
                rule="half-a-login",
                holds=Holds.UNTIL_CHANGED,
                what=f"{self.file.path} has a user name and no password: the application sends without a login",
                why="it logs in with both only, and says nothing",
                fix="declare both, or clear both with null",
                address=f"{self.unit}:{resource}",
                field="password",
            )

    def _variables(self, resource: Resource, content: Content) -> Iterator[Finding]:
        for key in self._keys(resource):
            if name := next((name for name in key.names if name in content.variables), None):
                yield Finding(
                    severity=Severity.WARNING,
                    rule="replaces-a-variable",
                    holds=Holds.IF_CHANGED,
                    what=f"{name} in {self.file.path} refers to a variable, and would be replaced by a literal value",
                    why="its reader takes the value from its environment, a file, a program or another key",
                    fix=f"leave out {key.setting} and set that variable, or go on",
                    address=f"{self.unit}:{resource}",
                    field=key.setting,
                )

    def _no_file(self, resource: Resource) -> Live:
        """No file yet: a write makes it, but one that holds more than settings has to be there."""
        if layout(self.connection).format not in NEVER_NEW:
            return Absent()
        finding = replace(
            self._missing(),
            severity=Severity.ERROR,
            what=f"{self.file.path} does not exist",
            why=f"a {layout(self.connection).format} file holds more than settings, so it is not made up",
            fix="create it first, or correct connection.path",
            address=f"{self.unit}:{resource}",
        )
        return Unreadable(finding=finding)

    def _missing(self) -> Finding:
        return Finding(
            severity=Severity.NOTE,
            rule="file-missing",
            what=f"{self.file.path} does not exist yet; apply creates it",
            why="an application reads its settings from one path only",
            fix="correct connection.path if the application already has its file",
            address=self.unit,
        )

    def _twice(self, resource: Resource, setting: str, name: str) -> Finding:
        return Finding(
            severity=Severity.ERROR,
            rule="defined-twice",
            holds=Holds.UNTIL_DECIDED,
            what=f"{name} is defined twice in {self.file.path}",
            why="most applications use the last one, some the first",
            fix=f"remove the {name} that the application does not use",
            address=f"{self.unit}:{resource}",
            field=setting,
        )
