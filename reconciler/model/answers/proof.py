"""What handshakes say beside a plan: whether the relays that it is about would take mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.handshake import Handshake
from reconciler.model.source import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`declared` has the place of each relay in the files and `users` the resources that send through it, by its name;
    `uses` are names of a target, its platform and a relay that it sends through."""

    handshakes: tuple[Handshake, ...]
    declared: Mapping[str, Position]
    users: Mapping[str, tuple[str, ...]]
    uses: tuple[tuple[str, str, str], ...]
