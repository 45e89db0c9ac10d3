"""Runs the units of work: one target each, in a bounded pool, an installation's targets one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from reconciler.errors import PlatformError
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape, TargetSpec
from reconciler.model.ports import Noting, Opener, Reader, Selective
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Desired, Reading
from reconciler.pipeline import guard, progress
from reconciler.pipeline.resolve import flatten
from reconciler.secrets.stores import Secrets

WORKERS = 128  # they wait for platforms; with fewer, 100 installations at 100 ms a call take turns
_HERE = 8  # of those on this host, which wait for nobody but the disk; each thread takes a fifth of a MiB
T = TypeVar("T")


def specs(landscape: Landscape, units: Iterable[str]) -> tuple[TargetSpec, ...]:
    """The units of work for these targets, as plain values."""
    wanted = set(units)
    return tuple(
        TargetSpec(
            unit=target.unit,
            kind=target.kind,
            installation=target.installation,
            connection=target.connection,
            connection_secrets=frozenset(flatten.secrets_in(target.connection)),
            mail_secrets=frozenset(_mail_secrets(landscape.of_unit.get(target.unit, ()))),
            resources=frozenset(one.address.resource for one in landscape.of_unit.get(target.unit, ())),
            broken=target.broken,
            notes=f"{landscape.state.path}/files" if landscape.state.backend == "file" and not target.zone else None,
            zone=target.zone,
        )
        for target in landscape.targets
        if target.unit in wanted
    )


def _mail_secrets(declared: Iterable[Desired]) -> Iterator[SecretRef]:
    return (value for one in declared for value in one.settings.values() if isinstance(value, SecretRef))


def readings(specs: Sequence[TargetSpec], secrets: Secrets, *, workers: int = WORKERS) -> dict[str, Reading]:
    """What the platforms have, by unit. A target that cannot be read is an unreadable Reading, never an exception."""
    count = len(specs)
    read = each(
        specs,
        lambda spec: progress.step("reading", spec.unit, count, lambda: reading(spec, secrets)),
        workers=workers,
    )
    return {one.unit: one for one in read}


def reading(spec: TargetSpec, secrets: Secrets) -> Reading:
    """The unit of work that reads: opens connection secrets only, where it runs."""
    if spec.broken:
        return unread(spec, spec.broken)
    found = guard.answer_or_finding(spec.unit, lambda: _read(spec, secrets))
    return unread(spec, found) if isinstance(found, Finding) else found


def _read(spec: TargetSpec, secrets: Secrets) -> Reading:
    reader = guard.platform(spec.kind).reader(spec.unit, spec.connection, opener(spec, secrets))
    try:
        told(reader, spec)
        return replace(reader.read(), installation=spec.installation, kind=spec.kind)
    finally:
        reader.close()


def opener(spec: TargetSpec, secrets: Secrets, *more: Iterable[SecretRef]) -> Opener:
    """Opens what the connection of a target needs, and `more`.

    Raises PlatformError for a target of another zone: an equal address here is another machine.
    """
    if spec.zone != secrets.zone:
        raise PlatformError(
            f"{spec.unit} is in zone {spec.zone}, and is not contacted from here",
            why="its address means something only inside that network",
            fix="plan, apply, drift and verify reach it through the zone's worker (reconciler zones)",
            address=spec.unit,
        )
    return secrets.opener(spec.connection_secrets.union(*more))


def told(reader: Reader, spec: TargetSpec) -> None:
    """What a Reader is told before its first `read`, where it wants to know."""
    if isinstance(reader, Selective):
        reader.about(spec.resources)
    if spec.notes and isinstance(reader, Noting):
        reader.notes_in(Path(spec.notes))


def unread(spec: TargetSpec, why: Finding) -> Reading:
    """The Reading of a target that was not contacted."""
    return Reading(unit=spec.unit, installation=spec.installation, kind=spec.kind, unreadable=why)


def each(specs: Sequence[TargetSpec], work: Callable[[TargetSpec], T], *, workers: int = WORKERS) -> list[T]:
    """`work` for every target; installations side by side, the targets of one installation in order."""
    groups = list(by_installation(specs).values())
    if not any(_elsewhere(group[0]) for group in groups):  # threads would only take the interpreter from each other
        return [work(spec) for group in groups for spec in group]
    pool = ThreadPoolExecutor(max_workers=side_by_side(groups, workers))
    try:
        results = pool.map(lambda group: [work(spec) for spec in group], groups)
        return [one for group in results for one in group]
    finally:  # Ctrl-C does not wait for the slowest platform: reading leaves nothing half done
        pool.shutdown(wait=False, cancel_futures=True)


def side_by_side(groups: Iterable[Sequence[TargetSpec]], most: int) -> int:
    """How many of these installations at a time; each takes memory of its own."""
    far = [_elsewhere(group[0]) for group in groups]
    return max(1, min(most, sum(far) + min(far.count(False), _HERE)))


def _elsewhere(spec: TargetSpec) -> bool:
    asked = guard.answer_or_finding(spec.unit, lambda: guard.platform(spec.kind).elsewhere(spec.connection))
    return asked is not False  # a platform that raises says so where it is read


def by_installation(specs: Iterable[TargetSpec]) -> Mapping[str, list[TargetSpec]]:
    groups: dict[str, list[TargetSpec]] = {}
    for spec in specs:
        groups.setdefault(spec.installation, []).append(spec)
    return groups
