"""What depends on a relay or on a secret, as the files declare it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.source import Position


class Dependency(StrEnum):
    RELAY = "relay"
    SECRET = "secret"  # noqa: S105  # a kind of thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """`address` is a resource, a relay or a target, and `setting` the one that names what it depends on.

    `where` is that setting, or the resource itself where a relay brought it.
    """

    address: str
    platform: str | None
    setting: str
    where: Position
    protected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """`resources` cannot send without it, `targets` can be neither read nor written; `relays` are those between."""

    name: str
    kind: Dependency
    declared: tuple[Position, ...]
    relays: tuple[Use, ...] = ()
    resources: tuple[Use, ...] = ()
    targets: tuple[Use, ...] = ()
