"""What a platform's tests hand to the contract: one installation, and what people do to it beside this tool."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable
from unittest import SkipTest

from reconciler.model.attestation import WorkOrder


class Subject(Protocol):
    """One installation of a platform, made for one test: a real server, or a stand-in that follows the vendor's.

    `first` and `second` are what a target's file declares beside `platform` and `connection`. Both name the same
    resources with other values, and no relay: secrets are `{"env": NAME}` with their values in `environ`.
    """

    @property
    def kind(self) -> str: ...

    @property
    def connection(self) -> Mapping[str, Any]:
        """As the file says it."""
        ...

    @property
    def environ(self) -> Mapping[str, str]:
        """The values of all these secrets; outputs are searched for them."""
        ...

    @property
    def first(self) -> Mapping[str, Any]: ...

    @property
    def second(self) -> Mapping[str, Any]: ...

    @property
    def reached_by_network(self) -> bool:
        """Whether `disturbed` and `limited` mean anything."""
        ...

    def foreign(self) -> None:
        """What people left there: other values where `first` has its own, and things that nobody declares."""
        ...

    def edited(self) -> None:
        """By hand, at the platform: changes one setting, not a secret, that `first` declares."""
        ...

    def settings(self) -> Mapping[str, Any]:
        """What the platform has now for the resources of `first`, secrets too; compared, never printed."""
        ...

    def unmanaged(self) -> Any:
        """All that neither `first` nor `second` declares, to be compared with what it was before."""
        ...

    def writes(self) -> int:
        """How many requests changed something until now, refused ones too."""
        ...

    def unreadable(self) -> AbstractContextManager[None]:
        """The installation is there, and cannot be read meanwhile: permission, login, an answer that is not one."""
        ...

    def disturbed(self, *, latency: float, failing: float) -> AbstractContextManager[None]:
        """Every call takes `latency` seconds; the part `failing` (0 to 1) of them fails in a way that passes."""
        ...

    def limited(self, *, calls: int, seconds: float) -> AbstractContextManager[None]:
        """More than `calls` in `seconds` are refused, in the platform's own way (429)."""
        ...


@runtime_checkable
class Limiting(Protocol):
    """A subject that also counts what its limit refused: only so can hammering be seen."""

    def refused(self) -> int:
        """How many calls were refused for being too many, until now."""
        ...


@runtime_checkable
class Typist(Protocol):
    """A subject that only a person looks at and writes, by work orders; what they did is attested."""

    def carry_out(self, order: WorkOrder) -> None:
        """Types what the order says, and nothing else, at the platform; secrets come from `environ`."""
        ...


def read_by_somebody(subject: Subject) -> None:
    """Raises SkipTest for promises about what is read, and about writes that reconciler makes itself."""
    if isinstance(subject, Typist):
        raise SkipTest("only a person reads and writes this platform")
