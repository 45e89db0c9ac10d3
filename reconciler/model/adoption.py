"""What `adopt` found: resources that no file declares, as the least that a file has to say of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.address import Resource
from reconciler.model.finding import Finding
from reconciler.model.secret import DEFAULT_STORE, ENV_STORE, FILE_STORE, SecretRef
from reconciler.model.settings import Adopt, Settings, Value

_FIRST = ("name", "host", "port", "encryption", "auth", "username", "password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One resource, as it will stand in the file.

    `settings` are flat; `suggested` names those whose reference somebody has to fill in; `notes` belong to a setting,
    `remarks` to all. With `refused` it cannot be declared as it is: errors of the files, in their own words.
    """

    resource: Resource
    title: str
    settings: Settings
    relay: str | None = None
    adopt: Adopt | None = None
    suggested: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    refused: tuple[Finding, ...] = ()

    def raw(self) -> dict[str, Any]:
        """As YAML has it, in the order in which people look at it."""
        found: dict[str, Any] = {"relay": self.relay} if self.relay else {}
        if self.adopt:
            found["adopt"] = {"name": self.adopt.name} if self.adopt.id is None else {"id": self.adopt.id}
        for name in sorted(self.settings, key=_rank):
            *parents, last = name.split(".")
            inner = found
            for parent in parents:
                inner = inner.setdefault(parent, {})
            inner[last] = _plain(self.settings[name])
        return found

    def raw_of(self, name: str) -> Any:
        """One setting as YAML has it."""
        return _plain(self.settings[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """`left_out` says what was seen and is not in `found`; `unread` are resources that could not be read."""

    unit: str
    installation: str
    found: tuple[Found, ...]
    left_out: tuple[str, ...] = ()
    unread: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def declared(self) -> tuple[Found, ...]:
        return tuple(one for one in self.found if not one.refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """Several targets at once. `relays` are what some of them share, for the environment in `unit`; `unread` says why
    a target, or a relay that was looked for, is in neither."""

    targets: tuple[Adoption, ...]
    relays: tuple[Adoption, ...] = ()
    unread: tuple[Finding, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.unread and not any(one.unread for one in self.targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines of one collection in a file, with indents of two; those of many are its entries, without its key."""

    collection: str
    lines: tuple[str, ...]
    many: bool
    declares: bool  # False where all of it is comments

    def whole(self) -> list[str]:
        """With the key of its collection."""
        if not self.many:
            return list(self.lines)
        head = f"{self.collection}:" if self.declares else f"# {self.collection}:"
        return [head, *(f"  {line}" if line else line for line in self.lines)]


def _rank(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST) + name.startswith(("sender.", "verify."))


def _plain(value: Value) -> Any:
    if isinstance(value, SecretRef):
        return reference(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def reference(ref: SecretRef) -> dict[str, Any]:
    """As a file says it."""
    if ref.store in (ENV_STORE, FILE_STORE):
        found: dict[str, Any] = {ref.store: ref.path}
    else:
        found = {"vault": f"{ref.path}#{ref.key}"} | ({} if ref.store == DEFAULT_STORE else {"store": ref.store})
    return found | ({} if ref.version is None else {"version": ref.version})
