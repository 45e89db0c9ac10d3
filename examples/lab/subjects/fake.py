"""The platform in memory, behind a network in memory: slow, failing and limited when it is told to be."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import canary
from lab.servers import fake
from reconciler.errors import PlatformBusy, PlatformDenied, PlatformUnreachable
from reconciler.model.change import Change

ATTEMPTS = 4


@dataclass(slots=True, kw_only=True)
class Network:
    """What each call goes through, and a client that knows its manners: it waits as long as it is told."""

    latency: float = 0.0
    failing: float = 0.0
    calls: int | None = None
    seconds: float = 0.0
    refused: int = 0
    sent: list[float] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(4))

    def call(self) -> None:
        for attempt in range(ATTEMPTS):
            time.sleep(self.latency)
            wait = self.wait()
            if not wait and self.chance.random() >= self.failing:
                return
            if attempt + 1 < ATTEMPTS:
                time.sleep(wait)
        raise PlatformBusy("too many calls") if wait else PlatformUnreachable("no answer")

    def wait(self) -> float:
        """How long until a call is let in; 0.0 lets it in."""
        now = time.monotonic()
        self.sent = [at for at in self.sent if now - at < self.seconds]
        if self.calls is not None and len(self.sent) >= self.calls:
            self.refused += 1
            return self.seconds - (now - self.sent[0])
        self.sent.append(now)
        return 0.0


@dataclass(slots=True)
class FakeSubject:
    there: fake.Installation
    network: Network = field(default_factory=Network)
    count: int = 0
    kind: str = "fake"
    reached_by_network: bool = True
    connection: Mapping[str, Any] = field(default_factory=lambda: {"name": "contract"})
    environ: Mapping[str, str] = field(
        default_factory=lambda: {name: canary.secret() for name in ("FARM", "MAIN", "OTHER")}
    )

    @property
    def first(self) -> Mapping[str, Any]:
        return {
            "farm": _server("a.example.com", 25, "FARM"),
            "mail_servers": {
                "main": {**_server("b.example.com", 587, "MAIN"), "priority": 20, "tags": ["a", "b"]},
                "plain": {"host": "c.example.com", "port": 2525, "encryption": "none", "auth": "none"},
            },
        }

    @property
    def second(self) -> Mapping[str, Any]:
        return {
            "farm": _server("d.example.com", 587, "OTHER"),
            "mail_servers": {
                "main": {**_server("e.example.com", 25, "OTHER"), "priority": 10, "tags": []},
                "plain": {"host": "f.example.com", "port": 25, "encryption": "none", "auth": "none"},
            },
        }

    def foreign(self) -> None:
        farm = self.there.put("farm", host="old.example.com", port=2500, sender__address="people@example.com")
        farm.secrets["password"] = "set by hand"
        self.there.put("mail_servers[main]", mark=False, host="old.example.com", priority=99)
        self.there.put("mail_servers[beside]", mark=False, host="beside.example.com", port=25)

    def edited(self) -> None:
        row = self.there.row("mail_servers[main]")
        row.settings["port"] = 26
        self.there.touch(row)

    def settings(self) -> Mapping[str, Any]:
        return {
            str(row.key): {"archived": row.archived, **self._declared(row), **row.secrets}
            for row in self.there.rows.values()
            if row.key
        }

    def unmanaged(self) -> Any:
        strangers = [(row.name, dict(row.settings)) for row in self.there.rows.values() if not row.key]
        extra = [row.settings.get("sender.address") for row in self.there.rows.values() if str(row.key) == "farm"]
        return [one for one in strangers if one[0] != "main"], [one for one in extra if one]

    def writes(self) -> int:
        return self.count

    def refused(self) -> int:
        return self.network.refused

    def read(self) -> None:
        self.network.call()

    def write(self, change: Change) -> None:
        self.count += 1
        self.network.call()

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        def denied() -> None:
            raise PlatformDenied("the fake does not let us in", fix="ask it")

        before, self.there.on_read = self.there.on_read, denied
        try:
            yield
        finally:
            self.there.on_read = before

    @contextmanager
    def disturbed(self, *, latency: float, failing: float) -> Iterator[None]:
        self.network.latency, self.network.failing = latency, failing
        try:
            yield
        finally:
            self.network.latency = self.network.failing = 0.0

    @contextmanager
    def limited(self, *, calls: int, seconds: float) -> Iterator[None]:
        self.network.calls, self.network.seconds = calls, seconds
        try:
            yield
        finally:
            self.network.calls = None

    def _declared(self, row: fake.Row) -> Mapping[str, Any]:
        return {name: value for name, value in row.settings.items() if name != "sender.address"}


def _server(host: str, port: int, secret: str) -> dict[str, Any]:
    login = {"auth": "basic", "username": "mail", "password": {"env": secret, "version": 1}}
    return {"host": host, "port": port, "encryption": "starttls", **login}


@contextmanager
def subject(folder: Path) -> Iterator[FakeSubject]:
    with fake.installed(folder / "site-packages") as world:
        found = FakeSubject(world.of("contract"))
        found.there.on_read, found.there.on_write = found.read, found.write
        yield found
