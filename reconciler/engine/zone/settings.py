"""What worker.yaml says, checked. No secret: keys and logins are references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.landscape import StoreSpec
from reconciler.model.secret import SecretRef
from reconciler.model.source import Position

READ, PROVE, WRITE = "read", "prove", "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinatorSpec:
    """Whose messages are read: the file of a public key (absolute), and what it may ask for at most."""

    key: str
    may: frozenset[str]
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsSpec:
    """Where claims are kept: a path below the mount of one of the zone's stores."""

    store: str
    path: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSpec:
    """A worker's settings. Paths are absolute; `base` is the folder of worker.yaml, where those of references start.

    `broker` is a URL with a user and without a password. `hosts` are globs, `kinds` names of platforms, `may` some of
    read, prove and write. `files` is the only folder whose files a message may name, None where it may name none.
    `places` are those of the values of its keys.
    """

    file: str
    base: str
    zone: str
    broker: str
    key: SecretRef
    coordinators: tuple[CoordinatorSpec, ...]
    hosts: tuple[str, ...]
    kinds: frozenset[str]
    may: frozenset[str]
    claims: ClaimsSpec
    stores: Mapping[str, StoreSpec] = field(default_factory=dict)
    login: SecretRef | None = None
    ca_file: str | None = None
    client_certificate: str | None = None
    client_key: SecretRef | None = None
    slots: int = 32
    files: str | None = None
    places: Mapping[str, Position] = field(default_factory=dict)
