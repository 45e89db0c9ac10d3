"""Targets that only a person can look at and write: what stands in place of reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.model.address import Resource
from reconciler.model.attestation import ConsoleEvent, Guide
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape, TargetSpec
from reconciler.model.settings import Applied, Reading
from reconciler.pipeline import guard
from reconciler.pipeline.observe import attested, targets
from reconciler.secrets.stores import Secrets

Guides = Mapping[str, Guide | Finding]  # by unit; a Finding where the platform did not tell


def guide(spec: TargetSpec) -> Guide | Finding | None:
    """How a person carries out changes of this target; None where `writer` does it."""
    return guard.answer_or_finding(spec.unit, lambda: _guide(spec))


def guides(specs: Sequence[TargetSpec]) -> Guides:
    return {spec.unit: found for spec in specs if (found := guide(spec)) is not None}


def readings(
    specs: Sequence[TargetSpec],
    guides: Guides,
    landscape: Landscape,
    applied: Mapping[tuple[str, Resource], Applied],
    secrets: Secrets,
    today: str,
) -> dict[str, Reading]:
    """Of the guided ones among `specs`: what was attested, and what the product's own log says since."""

    def reading(spec: TargetSpec) -> Reading:
        known = guides[spec.unit]
        if isinstance(known, Finding):
            return targets.unread(spec, known)
        mine = {resource: entry for (home, resource), entry in applied.items() if home == spec.installation}
        events = _events(spec, known, attested.since(mine), secrets)
        desired = [one for one in landscape.desired if one.address.unit == spec.unit]
        return attested.reading(spec, desired, mine, known, events, today)

    guided = [spec for spec in specs if spec.unit in guides]
    return {one.unit: one for one in targets.each(guided, reading)}


def _guide(spec: TargetSpec) -> Guide | None:
    found = guard.platform(spec.kind).guide
    return found(spec.connection) if found else None


def _events(spec: TargetSpec, guide: Guide, since: str | None, secrets: Secrets) -> tuple[ConsoleEvent, ...] | Finding:
    """Nothing to ask for where nothing was attested yet."""
    if guide.events is None or since is None:
        return ()
    asked = guide.events
    return guard.answer_or_finding(spec.unit, lambda: asked(targets.opener(spec, secrets), since))
