"""A platform in memory, for tests of the stages: it knows nothing of mail, and fails when it is told to.

It comes to the tool as a third party's platform does, through an entry point:

    with fake.installed(folder) as world:
        world.of("crm").rows[Resource(collection="farm")] = Row(settings={"host": "a"})
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler import platforms
from reconciler.errors import PlatformUnreachable
from reconciler.model.address import Resource
from reconciler.model.attestation import Guide
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Desired, Present, Reading, Settings, Shape, Stranger, Value

WRITE_ONLY = frozenset({"password"})
FIELDS = frozenset({"host", "port", "encryption", "auth", "username", "password", "sender.address", "priority", "tags"})


@dataclass(slots=True, kw_only=True)
class Row:
    """An object as the platform keeps it; `key` is our mark on it, None on somebody else's."""

    settings: dict[str, Value] = field(default_factory=dict)
    key: Resource | None = None
    name: str = ""
    archived: bool = False
    pending: frozenset[str] = frozenset()  # settings that are taken and not used yet
    marker: int = 1
    secrets: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True, kw_only=True)
class Installation:
    """`limits` is what it says of a declaration, `findings` what it says of itself as a whole.

    `asks` are secrets that a reader opens, whether it may or not; what it got is in `told`.
    With `by_hand`, what is written to one of `waits` is not used before somebody does that; no reader can tell, unless
    it `tells` that nothing waits.
    `on_write`, `on_read` and `on_test` are called first, and may raise, wait or change something."""

    rows: dict[int, Row] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    opened: dict[str, str] = field(default_factory=dict)  # setting → the secret's value as it was written
    asks: tuple[SecretRef, ...] = ()
    told: list[str] = field(default_factory=list)
    waits: frozenset[str] = frozenset()
    by_hand: str | None = None
    tells: bool = False
    clock: int = 1
    shared_marker: bool = False  # one mark for all objects, as a file has
    forgetful: frozenset[str] = frozenset()  # settings that are accepted and not kept
    findings: tuple[Finding, ...] = ()
    guide: Guide | None = None  # then a person writes it, and nobody reads it
    limits: Callable[[Desired], Iterable[Finding]] = lambda desired: ()
    on_write: Callable[[Change], None] = lambda change: None
    on_read: Callable[[], None] = lambda: None
    on_test: Callable[[Resource], Handshake | None] = lambda resource: None
    on_close: Callable[[], None] = lambda: None

    def put(self, resource: str, *, mark: bool = True, **settings: Value) -> Row:
        collection, _, key = resource.rstrip("]").partition("[")
        known = Resource(collection=collection, key=key or None)
        row = Row(settings={name.replace("__", "."): value for name, value in settings.items()}, name=key)
        row.key = known if mark else None
        self.rows[len(self.rows) + 1] = row
        return row

    def row(self, resource: str) -> Row:
        return next(row for row in self.rows.values() if str(row.key) == resource)

    def touch(self, row: Row) -> None:
        self.clock += 1
        row.marker = self.clock


@dataclass(slots=True)
class World:
    installations: dict[str, Installation] = field(default_factory=dict)

    def of(self, name: str) -> Installation:
        return self.installations.setdefault(name, Installation())


WORLD = World()


def installation(connection: Connection) -> str:
    return f"fake:{connection['name']}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return FIELDS


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    there = WORLD.installations.get(str(connection["name"]))
    return there.limits(desired) if there else ()


def defaults(collection: str, connection: Connection) -> Settings:
    return {"port": 25}


def guide(connection: Connection) -> Guide | None:
    there = WORLD.installations.get(str(connection["name"]))
    return there.guide if there else None


def reader(unit: str, connection: Connection, secrets: Opener) -> FakeReader:
    return FakeReader(unit, str(connection["name"]), secrets)


def writer(unit: str, connection: Connection, secrets: Opener) -> FakeWriter:
    return FakeWriter(unit, str(connection["name"]), secrets)


class FakeReader:
    def __init__(self, unit: str, name: str, secrets: Opener) -> None:
        self.unit, self.there, self.secrets = unit, WORLD.of(name), secrets

    saved: frozenset[str] = frozenset()  # by this writer, of those that wait

    def read(self) -> Reading:
        self.there.on_read()
        self.there.told += [self.secrets.open(ref).reveal() for ref in self.there.asks]
        ours = {row.key: self._present(number, row) for number, row in self.there.rows.items() if row.key}
        others = [
            Stranger(collection="mail_servers", name=row.name, id=number, live=self._present(number, row))
            for number, row in self.there.rows.items()
            if row.key is None
        ]
        return Reading(unit=self.unit, resources=ours, strangers=tuple(others), findings=self.there.findings)

    def _present(self, number: int, row: Row) -> Present:
        # what is out of use shows nothing, so that all of it is written when it comes back
        visible = {} if row.archived else live(row.settings)
        return Present(
            settings=visible,
            write_only=WRITE_ONLY,
            marker=f"m{self.there.clock if self.there.shared_marker else row.marker}",
            id=number if row.key is None or row.key.key else None,
            mark=row.key is not None and row.key.key is not None,
            archived=row.archived,
            pending=row.pending if self.there.by_hand is None else self.saved or self._told,
            pending_by_hand=self.there.by_hand,
            findings=row.findings,
        )

    @property
    def _told(self) -> frozenset[str] | None:
        return frozenset() if self.there.tells else None

    def close(self) -> None:
        pass


class FakeWriter(FakeReader):
    def write(self, change: Change) -> None:
        self.there.on_write(change)
        self.there.written.append(str(change.address))
        number = int(change.id) if change.id is not None else self._number(change.address.resource)
        row = self.there.rows.setdefault(number, Row())
        row.key, row.archived = change.address.resource, change.action is Action.ARCHIVE
        for one in change.fields:
            if isinstance(one.after, SecretRef):
                row.secrets[one.field] = self.there.opened[one.field] = self.secrets.open(one.after).reveal()
            elif one.field in WRITE_ONLY:
                row.secrets.pop(one.field, None)
            elif one.field not in self.there.forgetful:
                row.settings[one.field] = one.after
        self.saved |= self.there.waits & {one.field for one in change.fields}
        self.there.touch(row)

    def _number(self, resource: Resource) -> int:
        known = (number for number, row in self.there.rows.items() if row.key == resource)
        return next(known, max(self.there.rows, default=0) + 1)

    def test(self, resource: Resource) -> Handshake | None:
        return self.there.on_test(resource)

    def close(self) -> None:
        self.there.on_close()


PLATFORM = Platform(
    collections={"farm": Shape.ONE, "mail_servers": Shape.MANY},
    installation=installation,
    fields=fields,
    findings=findings,
    defaults=defaults,
    reader=reader,
    writer=writer,
    guide=guide,
    risks=frozenset({"left-open"}),
)


def unreachable() -> None:
    raise PlatformUnreachable("no answer from the fake", fix="start it")


@contextmanager
def installed(folder: Path) -> Iterator[World]:
    """The kind `fake` as an installed package brings it: a dist-info with an entry point, in `folder` on sys.path."""
    info = folder / "reconciler_fake-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: reconciler-fake\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{platforms.ENTRY_POINTS}]\nfake = {__name__}\n", encoding="utf-8")
    sys.path.insert(0, str(folder))
    _forget()
    WORLD.installations.clear()
    try:
        yield WORLD
    finally:
        sys.path.remove(str(folder))
        _forget()


@contextmanager
def reloaded() -> Iterator[None]:
    """Loads `PLATFORM` again, as a test has changed it meanwhile."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    importlib.invalidate_caches()
    platforms.load.cache_clear()
    platforms.schema.cache_clear()


def live(settings: Mapping[str, Value]) -> dict[str, Value]:
    """Settings as the platform shows them."""
    return {name: value for name, value in settings.items() if name not in WRITE_ONLY}
