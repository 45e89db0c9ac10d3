"""Drift as metrics for each target: what differs, what is warned of, what could not be read, until when its relays'
certificates hold; with --prove also those of `verify` for each relay.

For an alert that fires when nobody looks; docs/ci.md has the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.model.change import Action
from reconciler.model.plan import Plan
from reconciler.views.plans import drift
from reconciler.views.reports import metrics
from reconciler.views.reports.metrics import Sample

if TYPE_CHECKING:
    from reconciler.model.answers.proof import Proof  # plans without --prove have none

_HELP = {
    "reconciler_target_drifted": "How many resources of the target differ from git.",
    "reconciler_target_warnings": "How many warnings of the target drift tells that nobody has accepted.",
    "reconciler_target_unread": "1 if the target could not be read, so that nobody knows whether it differs, else 0.",
    "reconciler_target_certificate_expiry_seconds": (
        "When the first certificate of the target's relays expires, in seconds since 1970; only with --prove."
    ),
    "reconciler_target_last_run_timestamp_seconds": "When drift last asked the target, in seconds since 1970.",
}


def text(plan: Plan, *, proof: Proof | None = None) -> str:
    """Empty without a target: each series has the labels of one, so that files of several jobs can lie side by side.

    Only those of handshakes are of relays: files of `verify` in the same folder must be of other relays.
    """
    targets = dict(_targets(plan))
    drifted, unread, warned = _drifted(plan), _unread(plan), _warned(plan)
    asked = datetime.fromisoformat(plan.created_at).timestamp()
    own = metrics.text(
        {
            "reconciler_target_drifted": [(labels, drifted[unit]) for unit, labels in targets.items()],
            "reconciler_target_warnings": [(labels, warned[unit]) for unit, labels in targets.items()],
            "reconciler_target_unread": [(labels, float(unit in unread)) for unit, labels in targets.items()],
            "reconciler_target_certificate_expiry_seconds": list(_expiries(targets, proof)) if proof else [],
            "reconciler_target_last_run_timestamp_seconds": [(labels, asked) for labels in targets.values()],
        },
        _HELP,
    )
    return f"{own}{_handshakes(proof, asked)}" if proof else own


def _handshakes(proof: Proof, asked: float) -> str:
    """The same series as `verify` has, of the relays that this run proved."""
    from reconciler.views.handshakes import prometheus  # drift without --prove has none

    return prometheus.text(proof.handshakes, now=asked)


def _targets(plan: Plan) -> Iterator[tuple[str, dict[str, str]]]:
    """Those that are declared, with their labels. Of one that has no resource, the platform is not known here."""
    for finding in (*plan.unread, *plan.undeclared):
        if finding.address:
            yield _unit(finding.address), _labels(_unit(finding.address), "")
    for change in plan.changes:
        if change.action is not Action.RELEASED:
            yield change.address.unit, _labels(change.address.unit, change.kind)


def _labels(unit: str, kind: str) -> dict[str, str]:
    return {"target": unit, "environment": unit.partition("/")[0], "platform": kind}


def _unit(address: str) -> str:
    return address.partition(":")[0]


def _drifted(plan: Plan) -> Counter[str]:
    """What `drift` counts: strangers too, and not what was never applied."""
    found = Counter(change.address.unit for change in plan.changes if change.differs and not change.unreadable)
    return found + Counter(_unit(finding.address) for finding in plan.undeclared if finding.address)


def _warned(plan: Plan) -> Counter[str]:
    """As many as `drift` says in its last line."""
    return Counter(_unit(finding.address) for finding in drift.new_warnings(plan) if finding.address)


def _unread(plan: Plan) -> set[str]:
    found = {change.address.unit for change in plan.changes if change.unreadable}
    return found | {_unit(finding.address) for finding in plan.unread if finding.address}


def _expiries(targets: Mapping[str, dict[str, str]], proof: Proof) -> Iterator[Sample]:
    shown = {one.relay: one.certificate for one in proof.handshakes if one.certificate}
    ends = {name: datetime.fromisoformat(one.expires).timestamp() for name, one in shown.items()}
    first: dict[str, float] = {}
    for unit, _, relay in proof.uses:
        if relay in ends:
            first[unit] = min(first.get(unit, ends[relay]), ends[relay])
    yield from ((targets[unit], end) for unit, end in first.items() if unit in targets)
