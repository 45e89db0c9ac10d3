"""The Protocols between the house's floors. A fake of one of these is all that a test needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from reconciler.model.address import Address, Resource
from reconciler.model.change import Change
from reconciler.model.handshake import Handshake
from reconciler.model.secret import SecretRef, SecretValue, SecretVersion
from reconciler.model.settings import Applied, Reading


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


@runtime_checkable
class Together(Protocol):
    """A Writer of a platform where one write carries several changes: a file is replaced as a whole, once for all."""

    def write_together(self, changes: Sequence[Change]) -> Mapping[Address, Exception]:
        """Writes all of them but those in the answer, each with why it was not written. Secrets as in `write`.

        Raises PlatformError when none was written.
        """
        ...


@runtime_checkable
class Foreseeing(Protocol):
    """A Writer that can tell before anything is written what it would refuse, secrets included."""

    def refused(self, changes: Sequence[Change]) -> Mapping[Address, Exception]:
        """Why, for each change that would be refused. Opens secrets, writes nothing; raises as `write` does."""
        ...


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
