"""What `doctor` found out about one target: plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reconciler.errors import PlatformDenied, PlatformUnreachable, ReconcilerError
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection

UNTOLD = "cannot be told without writing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One thing that was tried. `ok` is None for what is worth knowing and no fault.

    Every platform tells in this order: `reached` (address, TLS, time), `login` (as whom), `read` and `write` (what
    these need, and whether the login has it, as far as that is told without writing), `version` (and those supported).
    """

    what: str
    ok: bool | None
    said: str
    fix: str | None = None


def examined(steps: Iterable[Examined]) -> tuple[Examined, ...]:
    """What the steps tell; what goes wrong on the way is told last, and nothing is tried after it."""
    found: list[Examined] = []
    try:
        found.extend(steps)
    except ReconcilerError as error:
        found.append(failed(error))
    return tuple(found)


def failed(error: ReconcilerError) -> Examined:
    """By what it stopped at."""
    kinds = ((PlatformUnreachable, "reached"), (PlatformDenied, "login"))
    what = next((name for kind, name in kinds if isinstance(error, kind)), "read")
    said = f"{error.what} ({error.why})" if error.why else error.what
    return Examined(what=what, ok=False, said=said, fix=error.fix)


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
    """With `settings`, what a reading finds is to be told too: the platform's `doctor` has not read them itself.

    `parts` are shown below it, each under its own name.
    """

    unit: str
    kind: str
    examined: tuple[Examined, ...]
    labels: tuple[Label, ...] = ()
    traced: tuple[Traced, ...] | None = None  # None: nobody asked, or no page was read in a browser
    settings: bool = False
    parts: tuple[Checkup, ...] = ()

    @property
    def ok(self) -> bool:
        own = all(one.ok is not False for one in self.examined) and all(one.ok for one in self.labels)
        return own and all(part.ok for part in self.parts)


# (unit, connection, secrets, trace): more than reading tells. Writes nothing; raises PlatformError
Doctor = Callable[[str, Connection, Opener, bool], Checkup]
