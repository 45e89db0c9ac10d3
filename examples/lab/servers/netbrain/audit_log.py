"""The audit log: who did what, newest first. Each API call lands there too."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

EMAIL, API = "Email Server Settings", "Open API"


@dataclass(frozen=True, slots=True)
class Event:
    """Properties as published."""

    time: str  # ISO 8601, UTC, with milliseconds
    userName: str  # noqa: N815
    module: str
    message: str
    ipAddress: str = "127.0.0.1"  # noqa: N815
    userAgent: str = ""  # noqa: N815
    tenantName: str = ""  # noqa: N815
    domainName: str = ""  # noqa: N815
    machineName: str = ""  # noqa: N815
    status: int = 0


@dataclass(slots=True)
class AuditLog:
    """Switched off, it takes nothing in."""

    on: bool = True
    _events: list[Event] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, user: str, module: str, message: str, *, at: datetime | None = None, status: int = 0) -> None:
        moment = (at or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            if self.on:
                self._events.append(Event(moment, user, module, message, status=status))

    def between(self, begin: datetime, end: datetime, modules: Collection[str]) -> list[dict[str, Any]]:
        with self._lock:
            found = sorted(self._events, key=lambda one: one.time, reverse=True)
        return [
            asdict(one)
            for one in found
            if begin <= datetime.fromisoformat(one.time) <= end and (not modules or one.module in modules)
        ]
