"""What a run did, as it is kept: a journal for each run, and a line for each in the index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A line that is not what it was: `journal` is empty for the index, `line` counts from 1."""

    journal: str
    line: int
    what: str


class Journal(Protocol):
    """Of one run that goes on."""

    def write(self, records: Iterable[Json]) -> None:
        """Returns when they are safely kept. Raises StateError."""
        ...

    def close(self, ended: Json) -> None:
        """Adds the last line here and in the index. Raises StateError."""
        ...


class Journals(Protocol):
    """Of all runs that share a state. `name` is the nonce of the run's lease."""

    def begin(self, name: str, begun: Json) -> Journal:
        """Safely kept when it returns. Raises StateError."""
        ...

    def records(self, name: str) -> Sequence[Json]:
        """Of one run, in order; what a crash cut at the end is left out. Raises StateError."""
        ...

    def cut_off(self, name: str, by: str) -> None:
        """Ends the journal of a run that could not, once; `by` is the journal of who found it. Raises StateError."""
        ...

    def index(self) -> Sequence[Json]:
        """Two lines for each run, begun and ended, the oldest first. Raises StateError."""
        ...

    def faults(self) -> Sequence[Fault]:
        """What does not fit the digests. Raises StateError."""
        ...
