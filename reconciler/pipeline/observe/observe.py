"""What there is to compare with: what the platforms have, what was applied last, and what each secret points at now.

Opens the logins of the platforms, and no secret that is only to be written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model import ports
from reconciler.model.address import Resource
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape, TargetSpec
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Applied, Desired, Reading
from reconciler.pipeline.means import Means
from reconciler.pipeline.observe import guided, pending, relocated, targets

AppliedBy = Mapping[tuple[str, Resource], Applied]  # by installation and resource
Versions = Mapping[SecretRef, SecretVersion | Finding]  # a Finding where the store did not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything that a comparison needs beside the files; `readings` are by unit, `specs` the units of work.

    `left` are entries of which nothing stands.
    """

    specs: tuple[TargetSpec, ...]
    readings: Mapping[str, Reading]
    applied: AppliedBy = field(default_factory=dict)
    versions: Versions = field(default_factory=dict)
    left: tuple[Applied, ...] = ()


def observed(
    landscape: Landscape,
    units: Iterable[str],
    means: Means,
    state: ports.State,
    *,
    today: str,
    gone: Collection[str] = (),
    closed: Mapping[str, Finding] | None = None,
) -> Observed:
    """Reads these targets, but for the `closed` ones, by unit with the reason: nobody contacts them.

    `today` is YYYY-MM-DD. `gone` are installations whose entries in the state count beside those of the targets.
    Raises StateError; what else cannot be read is a Finding in its place.
    """
    away = closed or {}
    specs = targets.specs(landscape, units)
    asked = [spec for spec in specs if spec.unit not in away]
    guides = guided.guides(asked)
    readings = {**means.engine.read([spec for spec in asked if spec.unit not in guides])}
    readings |= {spec.unit: targets.unread(spec, away[spec.unit]) for spec in specs if spec.unit in away}
    loaded = state.load(sorted({*gone, *(spec.installation for spec in specs)}))
    applied = by_resource(relocated.renamed(loaded, landscape.targets))
    readings |= guided.readings(asked, guides, landscape, applied, means.secrets, today)
    readings = {unit: pending.told(reading, applied, today) for unit, reading in readings.items()}
    silent = {spec.unit for spec in specs if spec.zone and spec.unit in away}  # nor does anybody else of its network
    desired = [one for unit in readings if unit not in silent for one in landscape.of_unit.get(unit, ())]
    left = tuple(entry for entries in loaded.values() for entry in entries if entry.nothing_stands)
    return Observed(
        specs=specs, readings=readings, applied=applied, versions=versions(desired, means.engine), left=left
    )


def nothing(landscape: Landscape, units: Iterable[str], closed: Mapping[str, Finding]) -> Observed:
    """The same where nobody may be contacted, secret stores and state included."""
    specs = targets.specs(landscape, units)
    return Observed(specs=specs, readings={spec.unit: targets.unread(spec, closed[spec.unit]) for spec in specs})


def gone(landscape: Landscape, state: ports.State) -> frozenset[str]:
    """Installations that something was applied to, and that no target declares any more. Raises StateError.

    None where files were left out: they may declare it.
    """
    if landscape.left_out:
        return frozenset()
    return frozenset(state.installations()) - {target.installation for target in landscape.targets}


def by_resource(loaded: Mapping[str, Sequence[Applied]]) -> AppliedBy:
    """What the state holds, by installation and resource."""
    known = (entry for entries in loaded.values() for entry in entries if not entry.nothing_stands)
    return {(entry.installation, entry.address.resource): entry for entry in known}


def assumed(desired: Iterable[Desired], number: int | None) -> Versions:
    """As if every secret had this version: for a comparison that asks no store."""
    return {ref: SecretVersion(number=number) for ref in _references(desired)}


def _references(desired: Iterable[Desired]) -> Sequence[SecretRef]:
    """Every secret that the platforms are given, once."""
    found = (value for one in desired for value in one.settings.values() if isinstance(value, SecretRef))
    return list(dict.fromkeys(found))


def versions(desired: Iterable[Desired], engine: ports.Engine) -> Versions:
    """What each secret that the platforms are given points at now. Metadata only: no value is read here."""
    return engine.versions(_references(desired))
