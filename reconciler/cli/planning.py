"""Makes a plan: the order of the stages that plan, drift and apply have in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reconciler import state as states
from reconciler.cli import build
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Plan
from reconciler.model.ports import State
from reconciler.pipeline import assemble, fleet, versions
from reconciler.pipeline import plan as planning
from reconciler.pipeline import select as selection
from reconciler.secrets.stores import Secrets


def make(
    land: Landscape,
    findings: Sequence[Finding],
    secrets: Secrets,
    select: Sequence[str],
    root: Path,
) -> tuple[Plan, State]:
    """Reads platforms, metadata of secrets and state; contacts no relay and writes nothing."""
    units = [target.unit for target in land.targets]
    addresses = [str(desired.address) for desired in land.desired]
    chosen = [unit for unit in units if selection.concerns(unit, select)]
    specs = fleet.specs(land, chosen)
    state = states.open_state(land.state, secrets)
    readings = fleet.readings(specs, secrets)
    desired = [one for one in land.desired if one.address.unit in readings]
    declared = {target.installation for target in land.targets}
    wanted = {spec.installation for spec in specs} | (set(state.installations()) - declared)
    applied = planning.by_resource(state.load(sorted(wanted)))
    known = versions.of(versions.references(desired), secrets)
    changes = planning.between(land.desired, readings, applied, known, pruned=land.pruned)
    # what left the files can be selected too, so that only now everything is known
    selection.check(select, [*addresses, *units, *(str(change.address) for change in changes)])
    made = assemble.plan(
        land, changes, readings, select=select, findings=findings, git=build.git(root), now=build.now()
    )
    return made, state
