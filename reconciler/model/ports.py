"""The Protocols between the house's floors. A fake of one of these is all that a test needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:  # whoever takes one of these has no need of all that the others speak of
    from pathlib import Path

    from reconciler.errors import LockedError
    from reconciler.model.address import Address, Resource
    from reconciler.model.change import Change
    from reconciler.model.finding import Finding
    from reconciler.model.handshake import Handshake, Policy, Relay
    from reconciler.model.landscape import TargetSpec
    from reconciler.model.runs.journal import Journals
    from reconciler.model.runs.lease import Held, Holder, Lock
    from reconciler.model.secret import SecretRef, SecretValue, SecretVersion
    from reconciler.model.settings import Applied, Reading
    from reconciler.model.work.settles import SettleUnit, UnitSettled
    from reconciler.model.work.writes import UnitWritten, WriteUnit

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Opener(Protocol):
    """Opens references to secrets. May refuse those that its holder has no need of."""

    def open(self, ref: SecretRef) -> SecretValue:
        """Raises a SecretError (errors.py) that names the reference and what to do."""
        ...


class Versions(Protocol):
    """Tells which value a reference points at, without reading it."""

    def version(self, ref: SecretRef) -> SecretVersion:
        """Raises a SecretError that names the reference and what to do."""
        ...


class Reader(Protocol):
    """Reads an installation; has no way to write, and its driver refuses to."""

    def read(self) -> Reading:
        """All resources of the target in as few calls as the platform allows.

        Raises PlatformError when the platform cannot be read; an unreadable resource is `Unreadable` in the Reading.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class Selective(Protocol):
    """A Reader of a platform where each resource costs a call: it reads those that are declared."""

    def about(self, resources: Collection[Resource]) -> None:
        """Called once, before the first `read`."""
        ...


@runtime_checkable
class Noting(Protocol):
    """A Reader of something on this machine that remembers which modification was its own."""

    def notes_in(self, folder: Path) -> None:
        """Called once, before the first `read`, where the state is a folder; ours alone."""
        ...


class Writer(Reader, Protocol):
    """Writes what a change says, and works nothing out."""

    def write(self, change: Change) -> None:
        """Raises PlatformError. Secrets in `change.fields` are references: opened here, as the request is written."""
        ...

    def test(self, resource: Resource) -> Handshake | None:
        """The platform's own test of a resource, or None where it has none."""
        ...


@runtime_checkable
class Together(Protocol):
    """A Writer of a platform where one write carries several changes: a file is replaced as a whole, once for all."""

    def write_together(self, changes: Sequence[Change]) -> Mapping[Address, Exception]:
        """Writes all of them but those in the answer, each with why it was not written. Secrets as in `write`.

        Raises PlatformError when none was written.
        """
        ...


@runtime_checkable
class Recovering(Protocol):
    """A Writer of a platform where a write that is killed leaves something behind: files, secrets in them included."""

    def recover(self) -> str | None:
        """Removes it, finishes it or takes it back, and says which; None when there was nothing. Raises PlatformError.

        Called before anything is read or written, while nobody else writes.
        """
        ...


@runtime_checkable
class Foreseeing(Protocol):
    """A Writer that can tell before anything is written what it would refuse, secrets included."""

    def refused(self, changes: Sequence[Change]) -> Mapping[Address, Exception]:
        """Why, for each change that would be refused. Opens secrets, writes nothing; raises as `write` does."""
        ...


class Lease(Protocol):
    """What a run holds. `refused` says who holds the others; `cut_off` are runs that ended in the middle of it."""

    @property
    def nonce(self) -> str: ...
    @property
    def fence(self) -> int: ...
    @property
    def refused(self) -> Mapping[str, LockedError]: ...
    @property
    def cut_off(self) -> tuple[Held, ...]: ...

    def check(self) -> None:
        """Before each write; asks nobody. Raises LockedError when it is no longer certain that it is ours."""
        ...

    def settled(self, installations: Collection[str]) -> None:
        """What runs that were cut off left at these is dealt with. Raises StateError."""
        ...

    def abandon(self) -> None:
        """It is not given back at its end: what this run has begun has not ended, and the next one must hear of it."""
        ...


class State(Protocol):
    """What was applied, per installation; who may apply now; and what every run did."""

    @property
    def journal(self) -> Journals: ...

    def load(self, installations: Sequence[str]) -> Mapping[str, tuple[Applied, ...]]:
        """Entries of these installations; an installation without entries is left out. Raises StateError."""
        ...

    def installations(self) -> tuple[str, ...]:
        """Every installation that has entries."""
        ...

    def save(self, installation: str, entries: Sequence[Applied]) -> None:
        """Replaces the entries of one installation; call it inside a lease.

        Raises StateError, also when a run with a later lease has written them.
        """
        ...

    def lease(
        self, installations: Sequence[str], holder: Holder, *, wait: float = 0.0
    ) -> AbstractContextManager[Lease]:
        """Holds those that are free, and waits up to `wait` seconds for the others. Raises StateError."""
        ...

    def lock(self, installation: str, owner: str) -> AbstractContextManager[Lease]:
        """A lease of one. Raises LockedError, which names the holder, else StateError."""
        ...

    def locks(self) -> tuple[Lock, ...]:
        """All leases, those of runs that were cut off included. Raises StateError."""
        ...

    def unfinished(self) -> tuple[Held, ...]:
        """Leases that were not given back; the run may go on where only a write could tell. Raises StateError."""
        ...

    def unlock(self, nonce: str, why: str) -> Lock:
        """Ends a lease; its run, should it live, writes nothing more. Raises StateError where it cannot be ended."""
        ...


class Permit(Protocol):
    """Asked right before each request that writes, where it is made: whether it may still be made. Never crosses."""

    @property
    def run(self) -> str: ...
    @property
    def fence(self) -> int:
        """Of the lease: strictly greater than that of any run before, at the same installations."""
        ...

    def stopped(self) -> bool:
        """Somebody has stopped the run: nothing new is begun."""
        ...

    def held(self) -> Finding | None:
        """Why nothing may be written any more: the lease, or the claim, is lost."""
        ...


class Ledger(Protocol[T_co]):
    """The books that the coordinator of a run keeps on its units: asked here, side by side, and never raises."""

    def begins(self, unit: WriteUnit) -> Finding | None:
        """Right before a unit is handed over; a Finding when it could not be noted: then it is not begun."""
        ...

    def ends(self, answer: UnitWritten) -> T_co: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What a caller of `prove` wants while it waits. Never crosses: who works elsewhere is heard when it is done."""

    stopped: Callable[[], bool] = lambda: False
    tell: Callable[[Relay, str], None] | None = None  # lines of each session
    done: Callable[[Mapping[Relay, Handshake]], object] = lambda found: None


SILENT = Hearing()


@dataclass(slots=True, kw_only=True, eq=False)
class Proving:
    """Calls of `prove` with the same one are one run: a user of a host logs in once in all of them.

    `expected` are all relays that the run may have to prove; `each` lets every mechanism that a client takes have a
    login of its own, once the first one succeeded; `dns` adds the DNS checks of senders, where a relay asks for them.
    `memory` is the engine's own.
    """

    expected: tuple[Relay, ...] = ()
    each: bool = False
    dns: bool = False
    memory: dict[str | None, Any] = field(default_factory=dict)


class Engine(Protocol):
    """Carries out the units of work of one run, where the network is that each of them needs.

    What goes wrong with a unit is in its answer: none of these raises for it, nor lets it spoil another one.
    """

    def read(self, specs: Sequence[TargetSpec]) -> Mapping[str, Reading]:
        """What these targets have, by unit; an installation's one after the other. May be repeated."""
        ...

    def versions(self, refs: Sequence[SecretRef]) -> Mapping[SecretRef, SecretVersion | Finding]:
        """Which value each reference points at, without reading it. May be repeated."""
        ...

    def prove(
        self,
        relays: Sequence[Relay],
        policy: Policy,
        *,
        proving: Proving | None = None,
        parallel: int = 64,
        timeouts: Sequence[tuple[str, float]] = (),
        hearing: Hearing = SILENT,
    ) -> Mapping[Relay, Handshake]:
        """The handshake of each relay. Without `proving` this call is a run by itself.

        Raises Interrupted when `hearing.stopped` turns true: nothing is being written.
        """
        ...

    def write(self, units: Sequence[WriteUnit], permit: Permit, ledger: Ledger[T], *, grace: float) -> Iterator[T]:
        """What the ledger makes of each unit's answer, as soon as it is there; a unit is never carried out twice.

        `grace` is how many seconds units that have begun get after the run was stopped; those of which nothing is known
        by then are left out.
        """
        ...

    def settle(self, units: Sequence[SettleUnit]) -> Sequence[UnitSettled]:
        """What runs that were cut off left at these targets, each looked at once, in this order."""
        ...

    def stop(self) -> None:
        """Nothing new is begun, wherever the units are."""
        ...
