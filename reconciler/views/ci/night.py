"""What a night found, for people and for programs: also what is sent to a webhook, which names settings and no values.

Who reads a channel is not always who may read the repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model import codec
from reconciler.model.answers.night import Night, differing
from reconciler.model.change import Change
from reconciler.model.plan import Plan
from reconciler.views.paper import Paper
from reconciler.views.plans import drift
from reconciler.views.printable import Printable


def text(night: Night, paper: Paper) -> Printable:
    """As `drift` shows it."""
    return drift.text(night.plan, paper, proof=night.proof)


def document(night: Night) -> dict[str, Any]:
    """schemas/output/nightly.schema.json"""
    plan = night.plan
    return {
        "at": plan.created_at,
        "git": plan.git and codec.git(plan.git),
        "url": night.url,
        "summary": drift.sentence(plan),
        "digest": night.digest,
        "drifted": [_target(unit, one, night) for unit, one in night.drifted.items()],
        "unread": [{"target": unit, "why": finding.what} for unit, finding in night.unread.items()],
        "complete": plan.complete and not night.problems,
        "findings": [codec.finding(one) for one in (*night.problems, *plan.findings)],
    }


def _target(unit: str, plan: Plan, night: Night) -> Mapping[str, Any]:
    moved = differing(plan)
    return {
        "target": unit,
        "platform": moved[0].kind if moved else None,
        "issue": night.issues.get(unit),
        "resources": [_resource(one, plan.created_at) for one in moved],
        "strangers": [one.what for one in plan.undeclared],
    }


def _resource(change: Change, at: str) -> Mapping[str, Any]:
    _, who = drift.headline(change, at)
    settings = [field.field for field in drift.ordered(change)]
    return {"address": str(change.address), "cause": who, "settings": settings}
