"""The risks that apply takes by name: the tool's own, and those that platforms declare; and which are not accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from reconciler import platforms
from reconciler.errors import InvalidError
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.pipeline import guard

OURS = ("archive", "environment-changed", "mail-client", "mixed-scripts", "secret-to-new-host", "unverified")


def names(kinds: Iterable[str]) -> tuple[str, ...]:
    """What `--allow` takes where these kinds of platforms are. Loads them, and all that come with the tool."""
    return tuple(sorted({*OURS, *(name for kind in {*platforms.KINDS, *kinds} for name in _declared(kind))}))


def missing(plan: Plan, allowed: Collection[str]) -> tuple[Finding, ...]:
    """The risks of its changes that nobody has accepted by name."""
    return tuple(risk for change in plan.changes for risk in change.risks if risk.rule not in allowed)


def check(plan: Plan, allowed: Collection[str]) -> None:
    """InvalidError, with every name that is missing, when somebody has to accept a risk first."""
    if not (lacking := missing(plan, allowed)):
        return
    first = min(lacking, key=lambda risk: risk.rule)
    names = sorted({risk.rule for risk in lacking})
    raise InvalidError(
        first.what,
        address=first.address,
        why=first.why,
        fix=f"review it, then apply with {' '.join(f'--allow {name}' for name in names)}",
    )


def _declared(kind: str) -> Collection[str]:
    """None of a platform that cannot be loaded: its targets are not written."""
    found = guard.answer_or_finding(kind, lambda: guard.platform(kind).risks)
    return () if isinstance(found, Finding) else found
