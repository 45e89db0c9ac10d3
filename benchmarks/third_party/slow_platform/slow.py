"""A platform whose every call takes 100 ms; it keeps its settings in one JSON file for each installation."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.handshake import Handshake
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Present, Reading, Shape

SECONDS = 0.1
_FIELDS = frozenset({"host", "port", "encryption", "auth"})


def installation(connection: Connection) -> str:
    return f"slow:{connection['path']}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return _FIELDS


def reader(unit: str, connection: Connection, secrets: Opener) -> SlowReader:
    return SlowReader(unit=unit, path=Path(str(connection["path"])))


def writer(unit: str, connection: Connection, secrets: Opener) -> SlowWriter:
    return SlowWriter(unit=unit, path=Path(str(connection["path"])))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowReader:
    unit: str
    path: Path

    def read(self) -> Reading:
        time.sleep(SECONDS)
        live = Present(settings=json.loads(self.path.read_text()), mark=False)
        return Reading(unit=self.unit, resources={Resource(collection="settings"): live})

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowWriter(SlowReader):
    def write(self, change: Change) -> None:
        time.sleep(SECONDS)
        settings = json.loads(self.path.read_text()) | {field.field: field.after for field in change.fields}
        self.path.write_text(json.dumps(settings))

    def test(self, resource: Resource) -> Handshake | None:
        return None


PLATFORM = Platform(
    collections={"settings": Shape.ONE}, installation=installation, fields=fields, reader=reader, writer=writer
)
