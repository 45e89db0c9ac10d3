"""Reads targets, and versions of secrets: repeated as often as somebody asks."""

from __future__ import annotations

from reconciler.engine.zone.allowed import Allowed
from reconciler.engine.zone.permit import Deadline
from reconciler.errors import SecretError
from reconciler.model.finding import Finding
from reconciler.model.landscape import TargetSpec
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Reading
from reconciler.model.work.reads import ReadUnit, UnitRead, VersionsTold, VersionsUnit
from reconciler.pipeline.observe import targets
from reconciler.secrets.stores import Secrets


def read(unit: ReadUnit, allowed: Allowed, secrets: Secrets, deadline: Deadline) -> UnitRead:
    """What each target has, or why it was not read; never raises."""
    return UnitRead(readings=tuple(_read(one, allowed, secrets, deadline) for one in unit.specs))


def _read(one: TargetSpec, allowed: Allowed, secrets: Secrets, deadline: Deadline) -> Reading:
    here = allowed.target(one) if (late := deadline.passed()) is None else late
    return targets.unread(one, here) if isinstance(here, Finding) else targets.reading(here, secrets)


def versions(unit: VersionsUnit, allowed: Allowed, secrets: Secrets, roles: dict[str, str]) -> VersionsTold:
    """Which value each reference means, and who would open it; reads none, and never raises."""
    return VersionsTold(versions={ref: _version(ref, allowed, secrets) for ref in unit.refs}, roles=roles)


def _version(ref: SecretRef, allowed: Allowed, secrets: Secrets) -> SecretVersion | Finding:
    if (refused := allowed.secret(ref)) is not None:
        return refused
    try:
        return secrets.version(ref)
    except SecretError as error:
        return error.finding()
