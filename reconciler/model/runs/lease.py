"""Who holds which installations: one lease for each run that writes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The run that asks for a lease: `owner` for people, `run` as the state and the journal call it."""

    owner: str
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A lease as it is kept. `nonce` tells it from all others, `fence` grows with each.

    `since` and `expires` are RFC 3339, UTC, by the clock of the store; `expires` is None where the lease ends with its
    process. `process` tells whether that still lives, where it ran on this machine. `lost` says why it is not valid any
    more, whatever its time. The journal of the run has the name of the nonce.
    """

    nonce: str
    owner: str
    run: str
    installations: tuple[str, ...]
    fence: int
    since: str
    expires: str | None = None
    process: str | None = None
    pid: int | None = None
    host: str | None = None
    url: str | None = None
    lost: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lease as `reconciler locks` tells it; one that is not `alive` belongs to a run that was cut off."""

    held: Held
    alive: bool
