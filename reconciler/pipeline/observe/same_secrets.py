"""`drift --compare-secrets`: whether platforms hold the values that stores have now. The only reading that opens mail
secrets; what comes back is equal or not, of each setting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import TargetSpec
from reconciler.model.platform import Platform
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Desired, Present, Reading
from reconciler.pipeline import guard
from reconciler.pipeline.observe import targets
from reconciler.pipeline.observe.observe import Observed
from reconciler.secrets.stores import Secrets

Wanted = Mapping[Resource, Mapping[str, SecretRef]]


def compared(seen: Observed, desired: Iterable[Desired], secrets: Secrets) -> dict[str, Reading]:
    """The readings, with `same_secrets` where it can be told, and a note where it cannot."""
    wanted: dict[str, dict[Resource, Mapping[str, SecretRef]]] = {}
    for one in desired:
        refs = {field: value for field, value in one.settings.items() if isinstance(value, SecretRef)}
        there = seen.readings.get(one.address.unit)
        live = there.live(one.address.resource) if there else None
        if refs and isinstance(live, Present) and not live.guided:
            wanted.setdefault(one.address.unit, {})[one.address.resource] = refs
    concerned = [spec for spec in seen.specs if spec.unit in wanted]
    found = targets.each(concerned, lambda spec: _of(spec, seen.readings[spec.unit], wanted[spec.unit], secrets))
    return {**seen.readings, **{one.unit: one for one in found}}


def _of(spec: TargetSpec, reading: Reading, wanted: Wanted, secrets: Secrets) -> Reading:
    same = guard.answer_or_finding(spec.unit, lambda: _asked(spec, reading, wanted, secrets))
    if isinstance(same, Finding) and same.severity is Severity.ERROR:
        return replace(reading, unreadable=same)  # who asks to compare wants no answer without it
    if isinstance(same, Finding):
        return replace(reading, findings=(*reading.findings, same))
    resources = dict(reading.resources)
    for resource, answers in same.items():
        if isinstance(live := resources.get(resource), Present):
            resources[resource] = replace(live, same_secrets=answers)
    return replace(reading, resources=resources)


def _asked(
    spec: TargetSpec, reading: Reading, wanted: Wanted, secrets: Secrets
) -> Mapping[Resource, Mapping[str, bool]] | Finding:
    platform: Platform = guard.platform(spec.kind)
    if platform.compared is None or spec.zone is not None:
        alone = f"only the worker of zone {spec.zone} opens its secrets"
        return Finding(
            severity=Severity.NOTE,
            rule="secrets-not-compared",
            what=f"{alone if spec.zone else f'{spec.kind} does not give its secrets back'}: they were not compared",
            why="only whether they were rotated, or changed since, is known",
            fix="apply writes them again",
            address=spec.unit,
        )
    opener = targets.opener(spec, secrets, spec.mail_secrets)
    return platform.compared(spec.unit, spec.connection, opener, reading, wanted)
