"""The units of work that read: targets of one installation, and versions of secrets. Plain data, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.finding import Finding
from reconciler.model.landscape import TargetSpec
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadUnit:
    """Targets of one installation, read in this order."""

    specs: tuple[TargetSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRead:
    """The answer to a ReadUnit, in its order."""

    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsUnit:
    """References that the stores of one zone are asked about; no value is read."""

    refs: tuple[SecretRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsTold:
    """A Finding where a store did not tell. `roles` is who opens secrets there, by store: `approle mail-writer`."""

    versions: Mapping[SecretRef, SecretVersion | Finding]
    roles: Mapping[str, str] = field(default_factory=dict)
