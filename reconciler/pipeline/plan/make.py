"""Makes a plan: the order of the stages that plan, drift and apply have in common."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler import state as states
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape, TargetSpec
from reconciler.model.plan import Git, Plan
from reconciler.pipeline import selection
from reconciler.pipeline.observe import secret_versions, targets
from reconciler.pipeline.plan import assemble, rotation
from reconciler.pipeline.plan import compare as planning
from reconciler.pipeline.review import trust
from reconciler.pipeline.review.revision import Base
from reconciler.secrets.stores import Secrets


def plan(
    land: Landscape,
    findings: Sequence[Finding],
    secrets: Secrets,
    select: Sequence[str],
    *,
    git: Git | None,
    now: str,
    base: Base | None = None,
) -> Plan:
    """Reads platforms, metadata of secrets and state; contacts no relay and writes nothing.

    `now` is ISO 8601 in UTC.

    With `base`, what decides where a credential goes has to be as it is there; else nobody is contacted.
    """
    closed = trust.closed(land, base.landscape, base.moved, base.ref) if base else trust.Closed()
    units = [target.unit for target in land.targets]
    addresses = [str(desired.address) for desired in land.desired]
    specs = targets.specs(land, [unit for unit in units if selection.concerns(unit, select)])
    readings = targets.readings([spec for spec in specs if spec.unit not in closed.units], secrets)
    readings |= {
        spec.unit: targets.unread(spec, closed.units[spec.unit]) for spec in specs if spec.unit in closed.units
    }
    desired = [one for one in land.desired if one.address.unit in readings]
    applied: planning.AppliedBy = {}
    known: rotation.Versions = {}
    if not closed.central:
        applied = _applied(land, specs, secrets)
        known = secret_versions.of(secret_versions.references(desired), secrets)
    changes = planning.between(land.desired, readings, applied, known, pruned=land.pruned)
    told = [finding for finding in findings if finding not in land.broken]  # the readings of these tell them
    # what left the files can be selected too, so that only now everything is known
    selection.check(select, [*addresses, *units, *(str(change.address) for change in changes)])
    return assemble.plan(land, changes, readings, select=select, findings=told, git=git, now=now)


def _applied(land: Landscape, specs: Sequence[TargetSpec], secrets: Secrets) -> planning.AppliedBy:
    """What was applied to these, and to installations that no target declares any more."""
    state = states.open_state(land.state, secrets)
    declared = {target.installation for target in land.targets}
    wanted = {spec.installation for spec in specs} | (set(state.installations()) - declared)
    return planning.by_resource(state.load(sorted(wanted)))
