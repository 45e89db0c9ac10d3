"""Runs the units of work: one target each, in a bounded pool, an installation's targets one after the other."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from reconciler import platforms
from reconciler.errors import PlatformError, ReconcilerError
from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape, TargetSpec
from reconciler.model.ports import Opener, Platform, Selective
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Reading
from reconciler.pipeline.resolve import flatten
from reconciler.secrets.stores import Secrets

WORKERS = 128  # they wait for platforms; with fewer, 100 installations at 100 ms a call take turns
_log = logging.getLogger(__name__)
T = TypeVar("T")


def specs(landscape: Landscape, units: Iterable[str]) -> tuple[TargetSpec, ...]:
    """The units of work for these targets, as plain values."""
    wanted = set(units)
    mail: dict[str, set[SecretRef]] = {}
    declared: dict[str, set[Resource]] = {}
    for desired in landscape.desired:
        declared.setdefault(desired.address.unit, set()).add(desired.address.resource)
        refs = (value for value in desired.settings.values() if isinstance(value, SecretRef))
        mail.setdefault(desired.address.unit, set()).update(refs)
    return tuple(
        TargetSpec(
            unit=target.unit,
            kind=target.kind,
            installation=target.installation,
            connection=target.connection,
            stores=landscape.stores,
            connection_secrets=frozenset(flatten.secrets_in(target.connection)),
            mail_secrets=frozenset(mail.get(target.unit, ())),
            resources=frozenset(declared.get(target.unit, ())),
        )
        for target in landscape.targets
        if target.unit in wanted
    )


def readings(specs: Sequence[TargetSpec], secrets: Secrets, *, workers: int = WORKERS) -> dict[str, Reading]:
    """What the platforms have, by unit. A target that cannot be read is an unreadable Reading, never an exception."""
    read = each(specs, lambda spec: reading(spec, secrets), workers=workers)
    return {one.unit: one for one in read}


def reading(spec: TargetSpec, secrets: Secrets) -> Reading:
    """The unit of work that reads: opens connection secrets only, where it runs."""
    opener: Opener = secrets.opener(spec.connection_secrets)
    try:
        reader = platform(spec.kind).reader(spec.unit, spec.connection, opener)
        try:
            if isinstance(reader, Selective):
                reader.about(spec.resources)
            found = reader.read()
        finally:
            reader.close()
    except ReconcilerError as error:
        found = Reading(unit=spec.unit, unreadable=error.finding(spec.unit))
    except Exception as error:  # noqa: BLE001  # a bug in one platform must not hide what the others have
        found = Reading(unit=spec.unit, unreadable=bug(error, spec.unit))
    return replace(found, installation=spec.installation, kind=spec.kind)


def unread(spec: TargetSpec, why: Finding) -> Reading:
    """The Reading of a target that was not contacted."""
    return Reading(unit=spec.unit, installation=spec.installation, kind=spec.kind, unreadable=why)


def bug(error: Exception, address: str) -> Finding:
    """A platform's own mistake. The exception's text is left out: nobody knows what is in it."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    _log.debug("%s: %s", address, type(error).__name__, exc_info=error)
    return Finding(
        severity=Severity.ERROR,
        rule="bug",
        address=address,
        what=f"{type(error).__name__} in {last.name}, {Path(last.filename).name}:{last.lineno}",
        why="this is a mistake in reconciler, or in the package that brings the platform",
        fix="run again with --debug and report what it prints",
    )


def each(specs: Sequence[TargetSpec], work: Callable[[TargetSpec], T], *, workers: int = WORKERS) -> list[T]:
    """`work` for every target; installations side by side, the targets of one installation in order."""
    groups = list(by_installation(specs).values())
    if not groups:
        return []
    pool = ThreadPoolExecutor(max_workers=min(workers, len(groups)))
    try:
        results = pool.map(lambda group: [work(spec) for spec in group], groups)
        return [one for group in results for one in group]
    finally:  # Ctrl-C does not wait for the slowest platform: reading leaves nothing half done
        pool.shutdown(wait=False, cancel_futures=True)


def by_installation(specs: Iterable[TargetSpec]) -> Mapping[str, list[TargetSpec]]:
    groups: dict[str, list[TargetSpec]] = {}
    for spec in specs:
        groups.setdefault(spec.installation, []).append(spec)
    return groups


def platform(kind: str) -> Platform:
    """PlatformError for a kind that is not installed here."""
    if (found := platforms.load(kind)) is None:
        raise PlatformError(
            f"platform {kind} is not installed here",
            why="a plan or a worker names a platform that this installation of reconciler does not know",
            fix="install the package that brings it",
        )
    return found
