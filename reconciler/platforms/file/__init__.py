"""An application that reads its mail settings from a file; `connection.keys` or a preset say which key is which.

The file gives its secrets back, but they are not read: they count as write-only. Their marker is the time of the last
edit that was not ours, so any edit by hand shows each secret as "changed on the platform since": better once too often.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.drivers.textfile.file import ReadOnlyFile, WritableFile
from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Present, Reading, Settings, Shape, Value
from reconciler.platforms.file import limits
from reconciler.platforms.file.keys import Key
from reconciler.platforms.file.layout import Layout, dropped, keys_of, layout

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.drivers.textfile.place.port import Place
    from reconciler.model.checkup import Checkup
    from reconciler.platforms.file.reading import FileReader
    from reconciler.platforms.file.writing import FileWriter

SECRETS = limits.SECRETS


def installation(connection: Connection) -> str:
    """The file behind links; on another host, whoever logs in there."""
    service = f"#{connection['service']}" if "service" in connection else ""  # one file may hold several applications
    if "ssh" in connection:
        return f"file:{host_name(connection)}:{_path(connection)}{service}"
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


def refusals(changes: Sequence[Change], reading: Reading) -> Iterator[Finding]:
    from reconciler.platforms.file import overrides  # validate reads no file of an application

    for change in changes:
        live = reading.live(change.address.resource)
        if isinstance(live, Present) and live.beside:
            yield from overrides.refusals(change, live)


def reader(unit: str, connection: Connection, secrets: Opener) -> FileReader:  # the file needs no secret to be read
    """Raises PlatformRefused when connection.ssh is not user@host:port."""
    from reconciler.platforms.file.reading import FileReader  # validate reads no file of an application

    there, (name, place) = layout(connection), _place(connection, writes=False)
    file = ReadOnlyFile(path=name, format=there.format, reader=there.reader, place=place)
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
    """Raises PlatformRefused when connection.ssh is not user@host:port."""
    from reconciler.platforms.file.writing import FileWriter

    there, (name, place) = layout(connection), _place(connection, writes=True)
    file = WritableFile(
        path=name,
        format=there.format,
        reader=there.reader,
        place=place,
        mode=limits.mode(connection),
        in_place=connection.get("replace") == "in-place",
    )
    return FileWriter(unit=unit, file=file, connection=connection, secrets=secrets)


def _place(connection: Connection, *, writes: bool) -> tuple[str, Callable[[Path | None], Place] | None]:
    """What the file is called in messages, and where it is unless on this host, given a folder for notes."""
    path = _path(connection)
    if "ssh" not in connection:
        return path, None
    from reconciler.platforms.file import remote  # and ssh with it

    name, shell = f"{host_name(connection)}:{path}", remote.shell(connection, writes=writes)
    return name, lambda notes: remote.Remote(name=name, path=path, shell=shell, notes=notes)


def host_name(connection: Connection) -> str:
    """Whoever logs in, it is the same host."""
    _, _, place = str(connection["ssh"]).lower().rpartition("@")
    return place.removesuffix(":22")


def client(connection: Connection) -> str | None:
    """As declared, or as the preset knows."""
    if (declared := connection.get("client")) is not None:
        return str(declared)
    from reconciler.platforms.file import presets  # what uses no relay asks for none

    return presets.preset(str(connection["preset"])).client if "preset" in connection else None


def preview(unit: str, changes: Sequence[Change], connection: Connection) -> Iterator[str]:
    """Raises PlatformError for a file that cannot be read, or not be changed so."""
    from reconciler.platforms.file.preview import Masked, lines  # for `plan --diff` only

    return lines(writer(unit, connection, Masked()), changes)


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    """`trace` is for consoles."""
    from reconciler.platforms.file import checkup

    return checkup.checkup(unit, _path(connection), layout(connection))


def _as_it_logs_in(settings: Settings, how: Layout, there: Mapping[str, Key]) -> Settings:
    """`auth: none` leaves no login in the file, which could follow the host, and half a login is none; `auth: basic`
    names the mechanism that the application uses, where it has a key for it."""
    implied: dict[str, Value] = {}
    if settings.get("auth") == "none":
        implied = {name: None for name in ("username", "password", "mechanism") if name in there}
    elif settings.get("username", "") is None and "password" in there:
        implied = {"password": None}
    elif settings.get("auth") == "basic" and how.mechanism is not None:
        implied = {"mechanism": how.mechanism}
    return {**settings, **{name: value for name, value in implied.items() if name not in settings}}


def _path(connection: Connection) -> str:
    return str(connection["path"])


@lru_cache(maxsize=1000, typed=True)  # the resources of a relay say the same
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
    refusals=refusals,
    client=client,
    compared=compared_secrets,
    reader=reader,
    writer=writer,
    risks=frozenset({limits.FOREIGN, limits.LOST}),
    preview=preview,
    doctor=doctor,
    elsewhere=lambda connection: "ssh" in connection,
)
