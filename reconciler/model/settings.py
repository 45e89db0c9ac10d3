"""What is wanted, what is there, and what was written last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from reconciler.model.address import Address, Resource
from reconciler.model.finding import Finding
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.source import Position

# A setting's value. Lists are values as a whole. None means cleared.
Value: TypeAlias = "str | int | float | bool | SecretRef | tuple[Value, ...] | None"
# Flat: nested keys are joined by dots (`oauth2.client_id`).
Settings = Mapping[str, Value]
# The `connection` of a target stays nested: only its platform knows its shape.
Tree: TypeAlias = "str | int | float | bool | SecretRef | tuple[Tree, ...] | Mapping[str, Tree] | None"
Connection = Mapping[str, Tree]


def same(one: Value, other: Value) -> bool:
    """Equal as settings: 25 is 25.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


class Shape(StrEnum):
    ONE = "one"  # a singleton: it is always there and cannot be removed
    MANY = "many"  # a collection of named resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a setting's value was written, and through what it came: "here", "relay <name>" or "environment".

    `key` is the place of its key, where that may be what is wrong; no part of what a saved plan keeps.
    """

    position: Position
    through: str
    key: Position | None = field(default=None, compare=False)

    @property
    def relay(self) -> str | None:
        """The name of the relay that brought it, if one did."""
        kind, _, name = self.through.partition(" ")
        return name if kind == "relay" and name else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt:
    """Which existing object of the platform a declared resource takes over."""

    name: str | None = None
    id: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """A declared resource with its effective settings.

    `settings` are for the platform; `handshake` (relay name, connection and TLS settings, sender, `verify.*`) for the
    live handshake. Both are flat. `origin` has an entry for each key of both; `position` is the resource's own key.
    `protected` says that its stage is, `order` where it is among them. `limits` is what its platform says of it.
    """

    address: Address
    kind: str
    installation: str
    settings: Settings
    handshake: Settings
    origin: Mapping[str, Origin]
    position: Position
    relay: str | None = None
    adopt: Adopt | None = None
    moved_from: Resource | None = None
    protected: bool = False
    order: int = 0
    limits: tuple[Finding, ...] = ()

    def place(self, field: str) -> Position:
        """Where a setting was written; where it was not, the resource."""
        origin = self.origin.get(field)
        return origin.position if origin else self.position


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """Somebody's word that the declared settings were typed in: nobody has read them back.

    `at` is RFC 3339, UTC; `digest` is of the settings and secret versions that were attested; `tested` is what the
    product's own test said, None where nobody tried it.
    """

    by: str
    at: str
    digest: str
    tested: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A resource as the platform has it.

    `write_only` are fields that the platform does not give back: they are absent from `settings`. One that is visibly
    not set is in `settings` as None instead. `marker` is the
    platform's own modification mark; `id` names the object for the platform; `mark` says that it carries our mark;
    `archived` that it is out of use already. `pending` are settings that the platform has taken and does not use yet;
    None where it does not tell. `pending_by_hand` is what a person does to make it use them: nobody waits for that.
    `rewritten_with` names, for a setting, the declared secrets that have to be written again whenever it changes.
    `beside` is what else was seen there and no file can declare: for the platform's own `refusals`. `guided`: nobody
    can read these settings; they are what a person has `attested`, if anyone has.
    `same_secrets` says, where somebody asked, whether it holds the value that the store has now.
    """

    settings: Settings
    write_only: frozenset[str] = frozenset()
    marker: str | None = None
    id: int | str | None = None
    mark: bool = True
    archived: bool = False
    pending: frozenset[str] | None = frozenset()
    pending_by_hand: str | None = None
    beside: Settings = field(default_factory=dict)
    rewritten_with: Mapping[str, frozenset[str]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    guided: bool = False
    attested: Attested | None = None
    same_secrets: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The platform was read, and the resource is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The platform, or this resource, could not be read. Never the same as absent."""

    finding: Finding


Live = Present | Absent | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An object of a collection that does not carry our mark; `name` is what an adoption by name compares."""

    collection: str
    name: str
    id: int | str
    live: Present


_ABSENT = Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything read from one target in one go. Plain data: it may come from another machine.

    With `unreadable`, nothing else is known of the target. A resource that is not in `resources` is absent.
    `beside_writes` are about the target as a whole, and told where something is written to it: with a `field`, where
    that setting is.
    `installation` and `kind` are filled in by `pipeline.observe.targets`.
    """

    unit: str
    installation: str = ""
    kind: str = ""
    resources: Mapping[Resource, Live] = field(default_factory=dict)
    strangers: tuple[Stranger, ...] = ()
    findings: tuple[Finding, ...] = ()
    beside_writes: tuple[Finding, ...] = ()
    unreadable: Finding | None = None

    def live(self, resource: Resource) -> Live:
        if self.unreadable is not None:
            return Unreadable(finding=self.unreadable)
        return self.resources.get(resource) or _ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedSecret:
    """Which version of which secret was written."""

    ref: SecretRef
    version: SecretVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A secret that was given to an application for the place in `field`; its `ref` pins no version."""

    setting: str
    ref: SecretRef
    field: str
    place: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Settings that were written and that only a person can bring into use; `since` is RFC 3339, UTC."""

    fields: tuple[str, ...]
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What this tool wrote last to one resource. Holds no secret, and no hash of one.

    `handed` is the last work order for it, as the entry that it becomes when somebody attests that it was carried out.
    `pending` lasts until somebody attests, or the platform tells that it is over. `unproven` are settings that a run
    wrote, whose proof failed, and which it could not take back: they stand there, and the next apply tries them again.
    `order` is that of its stage: it is asked for when the stage has left the files. `sent` is where secrets went that
    this entry does not name any more.
    """

    installation: str
    address: Address
    settings: Settings
    secrets: Mapping[str, AppliedSecret]
    marker: str | None
    run: str
    at: str  # RFC 3339, UTC
    attested: Attested | None = None
    handed: Applied | None = None
    pending: Pending | None = None
    unproven: tuple[str, ...] = ()
    order: int | None = None
    sent: tuple[Sent, ...] = ()

    @property
    def nothing_stands(self) -> bool:
        """Nothing of it counts as applied or attested: there is a work order, or where secrets went, no more."""
        more = self.handed is not None or bool(self.sent)
        return more and self.attested is None and not self.settings and not self.secrets
