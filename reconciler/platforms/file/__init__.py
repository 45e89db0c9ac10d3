"""An application that reads its mail settings from a YAML or dotenv file; `connection.keys` says which key is which.

The file gives its secrets back, but they are not read: they count as write-only. Their marker is the time of the last
edit that was not ours, so any edit by hand shows each secret as "changed on the platform since": better once too often.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.drivers.files import Content, ReadOnlyFile, WritableFile
from reconciler.drivers.text_format import Scalar
from reconciler.errors import PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Handshake
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Absent, Connection, Desired, Live, Present, Reading, Settings, Shape, Value
from reconciler.platforms.file.keys import Key, canonical, keys, unexpressed

COLLECTIONS: Mapping[str, Shape] = {"settings": Shape.ONE, "mailers": Shape.MANY}
ALIASES: tuple[str, ...] = ()
SECRETS = frozenset({"password", "oauth2.client_secret"})
_SETTINGS = Resource(collection="settings")
_BY_OTHERS = 0o007


def installation(connection: Connection) -> str:
    return f"file:{os.path.realpath(_path(connection))}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return frozenset(key.setting for key in _keys(collection, connection)) | _dropped(collection, connection)


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    """Without what the file does not say, and in the words that come back from it."""
    dropped = _dropped(resource.collection, connection)
    there = {key.setting: key for key in _keys(resource.collection, connection)}
    return {
        setting: _as_read(there[setting], value) if setting in there else value
        for setting, value in settings.items()
        if setting not in dropped
    }


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    there = _keys(desired.address.resource.collection, connection)
    yield from _of_keys(desired, there)
    for key in there:
        if key.setting in desired.settings:
            yield from _of_value(desired, key, desired.settings[key.setting])
    yield from _of_mode(desired, there, connection)


def defaults(collection: str, connection: Connection) -> Settings:
    """None are known: each application has its own."""
    return {}


def reader(unit: str, connection: Connection, secrets: Opener) -> FileReader:  # the file needs no secret to be read
    file = ReadOnlyFile(path=_path(connection), format=str(connection["format"]))
    return FileReader(unit=unit, file=file, connection=connection)


def writer(unit: str, connection: Connection, secrets: Opener) -> FileWriter:
    mode = _mode(connection)
    file = WritableFile(path=_path(connection), format=str(connection["format"]), mode=mode)
    return FileWriter(unit=unit, file=file, connection=connection, secrets=secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReader:
    unit: str
    file: ReadOnlyFile
    connection: Connection

    def read(self) -> Reading:
        """One read of the file for all resources. No file yet: absent, a write makes it."""
        open_keys = [key for key in keys(self.connection) if key.setting not in SECRETS]
        names = {key.template for key in open_keys if not key.of_mailer}
        patterns = [key for key in open_keys if key.of_mailer]
        content = self.file.read(lambda name: name in names or any(key.mailer(name) for key in patterns))
        return Reading(unit=self.unit, resources=dict(self._resources(content)))

    def close(self) -> None:
        pass

    def _resources(self, content: Content | None) -> Iterator[tuple[Resource, Live]]:
        if _keys("settings", self.connection):
            yield _SETTINGS, Absent() if content is None else self._present(_SETTINGS, content)
        if content is None:
            return
        patterns = _keys("mailers", self.connection)
        for mailer in sorted({mailer for key in patterns for name in content.keys if (mailer := key.mailer(name))}):
            resource = Resource(collection="mailers", key=mailer)
            yield resource, self._present(resource, content)

    def _present(self, resource: Resource, content: Content) -> Present:
        there = _keys(resource.collection, self.connection)
        names = {key.setting: key.name(resource.key) for key in there}
        settings = {
            key.setting: key.ours(content.values.get(names[key.setting])) for key in there if key.setting not in SECRETS
        }
        secret = frozenset(names) & SECRETS
        lost = {setting for setting in secret if names[setting] not in content.keys}  # that much can be seen
        twice = [(setting, name) for setting, name in names.items() if name in content.twice]
        return Present(
            settings={**settings, **dict.fromkeys(lost)},
            write_only=secret - lost,
            marker=content.marker,
            mark=False,  # a file cannot carry our mark
            findings=tuple(self._twice(resource, setting, name) for setting, name in twice),
        )

    def _twice(self, resource: Resource, setting: str, name: str) -> Finding:
        return Finding(
            severity=Severity.ERROR,
            rule="defined-twice",
            what=f"{name} is defined twice in {self.file.path}",
            why="most applications use the last one, some the first",
            fix=f"remove the {name} that the application does not use",
            address=f"{self.unit}:{resource}",
            field=setting,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWriter(FileReader):
    file: WritableFile
    secrets: Opener

    def write(self, change: Change) -> None:
        """All fields of the change in one replacement of the file."""
        resource = change.address.resource
        if change.action is Action.ARCHIVE:
            raise PlatformRefused(
                f"{change.address}: a file has no archive",
                why="its keys cannot carry our mark",
                fix="remove its keys by hand",
            )
        there = {key.setting: key for key in _keys(resource.collection, self.connection)}
        dropped = _dropped(resource.collection, self.connection)
        changes: dict[str, Scalar | SecretValue | None] = {}
        for field in change.fields:
            if field.field in there:
                key = there[field.field]
                changes[key.name(resource.key)] = self._theirs(key, field)
            elif field.field not in dropped:
                raise PlatformRefused(
                    f"{change.address}: {field.field} has no key in this file",
                    fix=f"add {field.field} to connection.keys",
                )
        if changes:
            self.file.write(changes)

    def test(self, resource: Resource) -> Handshake | None:  # a file cannot test
        return None

    def _theirs(self, key: Key, field: FieldChange) -> Scalar | SecretValue | None:
        if field.kind is FieldKind.UNSET:
            return key.theirs(None)
        if isinstance(field.after, SecretRef):
            return self.secrets.open(field.after)
        try:
            return key.theirs(field.after)
        except (KeyError, TypeError):
            raise PlatformRefused(
                f"{key.setting}: this file has no word for the declared value",
                fix=f"add it to connection.keys.{key.setting}.values",
            ) from None


def _path(connection: Connection) -> str:
    return str(connection["path"])


def _mode(connection: Connection) -> int | None:
    mode = connection.get("mode")
    return int(str(mode), 8) if mode is not None else None


def _keys(collection: str, connection: Connection) -> tuple[Key, ...]:
    return keys(connection, of_mailer=collection == "mailers")


def _dropped(collection: str, connection: Connection) -> frozenset[str]:
    """Declared, but not said in the file: mapped to null, or derived from the user name by the application."""
    there = {key.setting for key in _keys(collection, connection)}
    derived = {"auth"} if there & {"username", "password"} else set()
    return unexpressed(connection) | (derived - there)


def _as_read(key: Key, value: Value) -> Value:
    if isinstance(value, SecretRef):
        return value
    try:
        return key.ours(key.theirs(value))
    except (KeyError, TypeError):
        return value  # `findings` says it


def _of_keys(desired: Desired, there: tuple[Key, ...]) -> Iterator[Finding]:
    resource = desired.address.resource
    if not there:
        where = "with {mailer} or {MAILER} in it" if resource.collection == "mailers" else "without {mailer} in it"
        yield _error(
            desired,
            "no-keys",
            f"connection.keys has no key {where}",
            why=f"{resource.collection} are told apart by it",
            fix="host: SMTP_{MAILER}_HOST" if resource.collection == "mailers" else "host: SMTP_HOST",
        )
    names = [key.name(resource.key) for key in there]
    for key, name in zip(there, names, strict=True):
        if names.count(name) > 1:
            what = f"{name} is the key of more than one setting"
            yield _error(
                desired, "key-not-unique", what, why="one would overwrite the other", fix="one key each", key=key
            )
    for key in there:
        if resource.key is not None and key.mailer(key.name(resource.key)) != resource.key:
            better = canonical(key, resource.key)
            what = f"{resource.key} cannot be told from the key {key.name(resource.key)}"
            why = "in {MAILER} a - and a . become _; in YAML a dot separates keys"
            yield _error(
                desired, "mailer-name", what, why=why, fix=f"call it {better}" if better else "rename it", key=key
            )
            return


def _of_value(desired: Desired, key: Key, value: Value) -> Iterator[Finding]:
    if isinstance(value, SecretRef):
        return
    try:
        key.theirs(value)
    except KeyError:
        known = ", ".join(key.values)
        what = f"{value} has no word in connection.keys.{key.setting}.values"
        why = f"the file can say {known} only"
        yield _error(desired, "value-not-mapped", what, why=why, fix=f"add {value}: … there, or use {known}", key=key)
    except TypeError:
        why = "a key of a file takes one value"
        yield _error(desired, "value-not-mapped", f"{key.setting} is a list", why=why, fix="declare one value", key=key)


def _of_mode(desired: Desired, there: tuple[Key, ...], connection: Connection) -> Iterator[Finding]:
    try:
        mode = _mode(connection)
    except ValueError:
        what = f"connection.mode: {connection['mode']} is not a file mode"
        yield _error(desired, "file-mode", what, why="it is read as octal digits", fix='mode: "0640"')
        return
    secret = next((key for key in there if key.setting in SECRETS), None)
    if secret and mode is not None and mode & _BY_OTHERS:
        yield Finding(
            severity=Severity.WARNING,
            rule="secret-readable-by-others",
            what=f"mode {mode:04o} lets every user of that host read {secret.setting}",
            why="the file holds the secret as text",
            fix=f'mode: "{mode & ~_BY_OTHERS:04o}"',
            address=str(desired.address),
            field=secret.setting,
            where=desired.position,
        )


def _error(desired: Desired, rule: str, what: str, *, why: str, fix: str, key: Key | None = None) -> Finding:
    setting = key.setting if key else None
    origin = desired.origin.get(setting) if setting else None
    return Finding(
        severity=Severity.ERROR,
        rule=rule,
        what=what,
        why=why,
        fix=fix,
        address=str(desired.address),
        field=setting,
        where=origin.position if origin else desired.position,
    )
