"""Where a file is: what a reading sees of it, and how it is replaced as a whole. Knows no format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from reconciler.drivers.textfile.place.facts import Facts

MAX_SIZE = 1024 * 1024
# gets what the file holds (None without one), and gives what it shall hold; None leaves it alone
Make = Callable[[bytes | None], bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`marker` is the time of the last modification that was not ours."""

    data: bytes
    marker: str | None
    facts: Facts


class Place(Protocol):
    def seen(self) -> Seen | None:
        """None without a file. Raises PlatformError for one that cannot be read."""
        ...

    def replace(self, make: Make, *, secret: bool, mode: int | None, in_place: bool) -> None:
        """One writer at a time. `secret`: it will hold one of ours; `mode` is for a file that is made or was too open.

        Raises PlatformBusy for a lock that is held, else PlatformError; then the file is as it was.
        """
        ...

    def recover(self) -> int:
        """Removes what a killed write left, secrets included; how many files. Raises PlatformError."""
        ...
