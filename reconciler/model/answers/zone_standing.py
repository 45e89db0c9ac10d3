"""What the broker, and a zone's workers themselves, tell of a zone."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneStanding:
    """`workers` are connected to the broker, `waiting` are messages that none of them has taken; None where the broker
    did not tell. `versions` are those of reconciler that answered, after `seconds` at most. An `error` says why the
    zone cannot work.
    """

    name: str
    workers: int | None = None
    waiting: int | None = None
    versions: tuple[str, ...] = ()
    seconds: float | None = None
    error: Finding | None = None
