"""The Protocols between the house's floors. A fake of one of these is all that a test needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.discovery import Discovery
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake
from reconciler.model.secret import SecretRef, SecretValue, SecretVersion
from reconciler.model.settings import Applied, Connection, Desired, Reading, Settings, Shape


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


class Writer(Reader, Protocol):
    """Writes what a change says, and works nothing out."""

    def write(self, change: Change) -> None:
        """Raises PlatformError. Secrets in `change.fields` are references: opened here, as the request is written."""
        ...

    def test(self, resource: Resource) -> Handshake | None:
        """The platform's own test of a resource, or None where it has none."""
        ...


class Platform(Protocol):
    """A module of `reconciler.platforms`. `unit` is `<environment>/<target>`, for messages and Readings."""

    COLLECTIONS: Mapping[str, Shape]
    ALIASES: tuple[str, ...]  # other names of this kind in `platform:`

    def installation(self, connection: Connection) -> str:
        """Identity: limits, locks and state are kept per installation."""
        ...

    def fields(self, collection: str, connection: Connection) -> frozenset[str]:
        """The settings that the platform can express; a relay that brings another one is an error."""
        ...

    def normalised(self, resource: Resource, settings: Settings, connection: Connection) -> Settings:
        """The declared settings as the platform will give them back, so that equal means equal."""
        ...

    def findings(self, desired: Desired, connection: Connection) -> Iterable[Finding]:
        """Limits of the platform that the declaration alone shows; severity error makes the files invalid."""
        ...

    def defaults(self, collection: str, connection: Connection) -> Settings:
        """What a setting has where nobody set it, as far as it is known: `adopt` leaves these out."""
        ...

    def reader(self, unit: str, connection: Connection, secrets: Opener) -> Reader: ...

    def writer(self, unit: str, connection: Connection, secrets: Opener) -> Writer: ...


@runtime_checkable
class Discovering(Protocol):
    """A platform whose keys differ per installation and have to be looked up: `reconciler discover`."""

    def discovered(self, unit: str, connection: Connection, secrets: Opener) -> Discovery:
        """Reads the installation, and writes nothing. Raises PlatformError."""
        ...


@runtime_checkable
class Remarking(Protocol):
    """A platform that carries out some changes in a way of its own, which a reviewer should know."""

    def remarks(self, change: Change, connection: Connection) -> Iterable[Finding]:
        """Pure; severity note. Called for each change that writes."""
        ...


@runtime_checkable
class Refusing(Protocol):
    """A platform that can tell from a reading that its writer would refuse a change: the plan must not promise it."""

    def refusals(self, changes: Sequence[Change], reading: Reading) -> Iterable[Finding]:
        """Pure. `changes` are all that would write to this installation; an error blocks the change that it names by
        its `address`.
        """
        ...


@runtime_checkable
class Risking(Protocol):
    """A platform with findings of severity risk: `apply --allow` takes these rules beside the tool's own."""

    RISKS: Collection[str]


class State(Protocol):
    """What was applied, per installation."""

    def load(self, installations: Sequence[str]) -> Mapping[str, tuple[Applied, ...]]:
        """Entries of these installations; an installation without entries is left out. Raises StateError."""
        ...

    def installations(self) -> tuple[str, ...]:
        """Every installation that has entries."""
        ...

    def save(self, installation: str, entries: Sequence[Applied]) -> None:
        """Replaces the entries of one installation; call it inside its lock. Raises StateError."""
        ...

    def lock(self, installation: str, owner: str) -> AbstractContextManager[None]:
        """An exclusive run per installation. Raises LockedError, which names the holder."""
        ...
