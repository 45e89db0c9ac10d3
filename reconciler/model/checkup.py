"""What `doctor` found out about one target: plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.model.ports import Opener
from reconciler.model.settings import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One thing that was tried. `ok` is None for what is worth knowing and no fault."""

    what: str
    ok: bool | None
    said: str
    fix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label of a page map beside the live page: how many visible controls carry it, how it leads to them (`how`),
    and what they are (`shown`). `expected` is False where the page does not show it with the values that it has now."""

    page: str
    setting: str
    label: str
    type: str
    found: int
    how: str = ""
    shown: str = ""
    expected: bool = True

    @property
    def ok(self) -> bool:
        return self.found == 1 or not self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A request that the page itself made: JSON keys only, no values. `refused` says why it was not carried."""

    method: str
    path: str
    sent: tuple[str, ...] = field(default=())
    answered: tuple[str, ...] = field(default=())
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    unit: str
    kind: str
    examined: tuple[Examined, ...]
    labels: tuple[Label, ...] = ()
    traced: tuple[Traced, ...] = ()

    @property
    def ok(self) -> bool:
        return all(one.ok is not False for one in self.examined) and all(one.ok for one in self.labels)


# (unit, connection, secrets, trace): more than reading tells. Writes nothing; raises PlatformError
Doctor = Callable[[str, Connection, Opener, bool], Checkup]
