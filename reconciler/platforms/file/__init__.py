"""An application that reads its mail settings from a file; `connection.keys` or a preset say which key is which.

The file gives its secrets back, but they are not read: they count as write-only. Their marker is the time of the last
edit that was not ours, so any edit by hand shows each secret as "changed on the platform since": better once too often.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.drivers.textfile.file import ReadOnlyFile, WritableFile
from reconciler.model.address import Resource
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Reading, Settings, Shape, Value
from reconciler.platforms.file import limits
from reconciler.platforms.file.keys import Key
from reconciler.platforms.file.layout import Layout, dropped, keys_of, layout

if TYPE_CHECKING:
    from reconciler.model.checkup import Checkup
    from reconciler.platforms.file.reading import FileReader
    from reconciler.platforms.file.writing import FileWriter

SECRETS = limits.SECRETS


def installation(connection: Connection) -> str:
    service = f"#{connection['service']}" if "service" in connection else ""  # one file may hold several applications
    return f"file:{os.path.realpath(_path(connection))}{service}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return frozenset(key.setting for key in keys_of(collection, connection)) | dropped(collection, connection)


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    """Without what the file does not say, and in the words that come back from it."""
    left_out = dropped(resource.collection, connection)
    there = {key.setting: key for key in keys_of(resource.collection, connection)}
    settings = _as_it_logs_in(settings, layout(connection), there)
    return {
        setting: _as_read(there[setting], value) if setting in there else value
        for setting, value in settings.items()
        if setting not in left_out
    }


def reader(unit: str, connection: Connection, secrets: Opener) -> FileReader:  # the file needs no secret to be read
    from reconciler.platforms.file.reading import FileReader  # validate reads no file of an application

    there = layout(connection)
    file = ReadOnlyFile(path=_path(connection), format=there.format, reader=there.reader)
    return FileReader(unit=unit, file=file, connection=connection)


def compared_secrets(
    unit: str,
    connection: Connection,
    secrets: Opener,
    reading: Reading,
    wanted: Mapping[Resource, Mapping[str, SecretRef]],
) -> Mapping[Resource, Mapping[str, bool]]:
    from reconciler.platforms.file import compared  # only drift --compare-secrets does

    return compared.same(reader(unit, connection, secrets).file, connection, secrets, wanted)


def writer(unit: str, connection: Connection, secrets: Opener) -> FileWriter:
    from reconciler.platforms.file.writing import FileWriter

    there, mode = layout(connection), limits.mode(connection)
    file = WritableFile(path=_path(connection), format=there.format, reader=there.reader, mode=mode)
    return FileWriter(unit=unit, file=file, connection=connection, secrets=secrets)


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    """`trace` is for consoles."""
    from reconciler.platforms.file import checkup

    return checkup.checkup(unit, _path(connection), layout(connection))


def _as_it_logs_in(settings: Settings, how: Layout, there: Mapping[str, Key]) -> Settings:
    """`auth: none` clears the login of an application that logs in wherever it has a user name; `auth: basic` names
    the mechanism that it uses, where it has a key for it."""
    implied: dict[str, Value] = {}
    if settings.get("auth") == "none" and how.login != "setting":
        implied = {name: None for name in ("username", "password", "mechanism") if name in there}
    elif settings.get("auth") == "basic" and how.mechanism is not None:
        implied = {"mechanism": how.mechanism}
    return {**settings, **{name: value for name, value in implied.items() if name not in settings}}


def _path(connection: Connection) -> str:
    return str(connection["path"])


def _as_read(key: Key, value: Value) -> Value:
    if isinstance(value, SecretRef):
        return value
    try:
        return key.as_read(value)
    except (KeyError, TypeError, ValueError):
        return value  # `findings` says it


PLATFORM = Platform(
    collections={"settings": Shape.ONE, "mailers": Shape.MANY},
    installation=installation,
    fields=fields,
    normalised=normalised,
    findings=limits.findings,
    compared=compared_secrets,
    reader=reader,
    writer=writer,
    doctor=doctor,
)
