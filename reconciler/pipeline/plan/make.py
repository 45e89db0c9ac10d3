"""Makes a plan: the order of the stages that plan, drift and apply have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Git, Plan
from reconciler.model.ports import State
from reconciler.model.runs.lease import Held
from reconciler.pipeline import selection
from reconciler.pipeline.means import Means
from reconciler.pipeline.observe import observe
from reconciler.pipeline.observe.observe import Observed
from reconciler.pipeline.plan import assemble, compare
from reconciler.state.choose import open_state

if TYPE_CHECKING:
    from reconciler.pipeline.review.revision import Base
    from reconciler.pipeline.review.trust import NotContacted


def plan(  # noqa: PLR0913  # all but what every run has are named
    land: Landscape,
    findings: Sequence[Finding],
    means: Means,
    select: Sequence[str],
    *,
    git: Git | None,
    now: str,
    base: Base | None = None,
    compare_secrets: bool = False,
) -> Plan:
    """Reads platforms, metadata of secrets and state; contacts no relay and writes nothing.

    With `compare_secrets` it opens mail secrets, to compare them where a platform gives its own back.

    `now` is RFC 3339, UTC. With `base`, what decides where a credential goes has to be as it is there; else nobody is
    contacted. UsageError for a pattern of `select` that selects nothing, StateError when the state cannot be read; what
    else cannot be read is a finding of the plan.
    """
    away = _not_contacted(land, base) if base else None
    closed = away.units if away else {}
    all_units = [target.unit for target in land.targets]
    units = [unit for unit in all_units if selection.concerns(unit, select)]
    runs: tuple[Held, ...] = ()
    if away and away.central:
        seen = observe.nothing(land, units, closed)
    else:
        state = open_state(land.state, means.secrets)
        gone = observe.gone(land, state)
        seen = observe.observed(land, units, means, state, today=now[:10], gone=gone, closed=closed)
        if runs := _going_on(seen, state):
            from reconciler.pipeline.unfinished import known  # hardly ever

            going = known.known(seen, state, runs)
            seen, findings = going.seen, (*findings, *going.findings)
    if compare_secrets:
        from reconciler.pipeline.observe import same_secrets  # no plan does

        seen = replace(seen, readings=same_secrets.compared(seen, land.desired, means.secrets))
    changes = compare.changes(
        land.desired, seen.readings, seen.applied, seen.versions, pruned=land.pruned, left=seen.left
    )
    addresses = [str(desired.address) for desired in land.desired]
    told = [finding for finding in findings if finding not in land.broken]  # the readings of these tell them
    # what left the files can be selected too, so that only now everything is known
    selection.check(select, [*addresses, *all_units, *(str(change.address) for change in changes)])
    made = assemble.plan(
        land, changes, seen.readings, select=select, findings=told, git=git, now=now, orders=orders(seen)
    )
    made = replace(made, unfinished=tuple(held.nonce for held in runs))
    if land.engine is not None:
        from reconciler.pipeline.review import openers  # most landscapes are in one network

        made = replace(made, zones=openers.opens(land, set(units) - closed.keys(), made.changes, means.engine))
    if base is None:
        return made
    from reconciler.pipeline.review import uses  # on pull requests only

    return replace(made, review=uses.review(land, base.landscape, units, name=base.name, commit=base.commit))


def orders(seen: Observed) -> dict[str, int]:
    """Where stages stood when something was applied in them last."""
    by_age = sorted(seen.applied.values(), key=lambda one: one.at)
    return {one.address.environment: one.order for one in by_age if one.order is not None}


def _not_contacted(land: Landscape, base: Base) -> NotContacted:
    from reconciler.pipeline.review import trust  # on pull requests only

    return trust.targets_not_contacted(land, base.landscape, base.files, base.ref)


def _going_on(seen: Observed, state: State) -> tuple[Held, ...]:
    """Runs that have not ended at one of these installations. Raises StateError."""
    mine = {spec.installation for spec in seen.specs}
    return tuple(held for held in state.unfinished() if not mine.isdisjoint(held.installations))
