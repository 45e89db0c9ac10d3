"""Which of several mail servers of an application a mail takes."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`taken` is None where none of those that are declared would be. `steps` are what was looked at, in order.

    `sender` is the envelope's, `author` what recipients see as From; None where the files do not tell.
    """

    taken: Address | None
    steps: tuple[str, ...]
    author: str | None = None
    sender: str | None = None
