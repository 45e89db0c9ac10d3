"""The unit of work that proves: the handshakes that one zone owes to one stage. Plain data, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.handshake import Handshake, Policy, Relay
from reconciler.model.work.login import Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What handshakes of a run have done so far: its logins, and transactions begun and broken off, by host."""

    logins: tuple[Login, ...] = ()
    spent: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveUnit:
    """`expected` are all relays that the run may have to prove; `timeouts` are pairs of a step's name and its seconds.

    `each`: every mechanism that a client takes may have a login of its own, once the first one succeeded. `dns`:
    the DNS checks of senders too, where a relay asks for them.
    """

    relays: tuple[Relay, ...]
    policy: Policy
    expected: tuple[Relay, ...] = ()
    known: Known = Known()
    timeouts: tuple[tuple[str, float], ...] = ()
    parallel: int = 64
    each: bool = False
    dns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """The answer to a ProveUnit, in the order of its relays, and what a later one of the run has to know."""

    found: tuple[Handshake, ...]
    known: Known
