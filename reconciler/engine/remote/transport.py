"""How sealed messages get to zones and answers come back. Whoever implements it knows the broker; nobody here does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class Lost(Exception):
    """There is no connection to the broker, or no longer: `why`, in the words of whoever noticed."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoQueue(Exception):
    """The broker has nothing declared for this zone, or lets us not use it: `why`, in its words."""

    def __init__(self, zone: str, why: str) -> None:
        super().__init__(why)
        self.zone, self.why = zone, why


class Way(StrEnum):
    WORK = "work"
    PROVE = "prove"  # one message at a time
    STOP = "stop"  # to every worker of the zone, and kept for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A sealed message. It is dropped after `seconds`; a `sure` one is there, on disk, once `publish` returns."""

    zone: str
    way: Way
    jti: str
    token: str
    seconds: float
    sure: bool


class Standing(NamedTuple):
    """`workers` are connected; `waiting` are messages that none of them has taken."""

    workers: int
    waiting: int


class Arrived(NamedTuple):
    """What came by a zone's own way, and the message that it says it answers. Nothing of it is believed yet."""

    zone: str
    of: str
    token: str


class Transport(Protocol):
    """Used by one thread, but for `wake`. Each call but `close` raises Lost once the connection is gone."""

    def connect(self) -> None:
        """One attempt, of a few seconds at most. Ways for answers that were open before are open again."""
        ...

    def standing(self, zone: str) -> Standing:
        """Of a zone's queue of work. Opens the way for answers. Raises NoQueue."""
        ...

    def publish(self, parcel: Parcel) -> None: ...

    def arrived(self, seconds: float) -> Sequence[Arrived]:
        """Waits for at most this long, until something has come or somebody wakes it."""
        ...

    def wake(self) -> None:
        """From any thread, at any time."""
        ...

    def close(self) -> None:
        """Says goodbye, where somebody is there to hear it. Never raises."""
        ...
