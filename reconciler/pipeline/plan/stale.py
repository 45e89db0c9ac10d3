"""Whether a planned change still fits what is live now, and if not, what moved. Pure."""

from __future__ import annotations

from reconciler.model.change import Change
from reconciler.model.finding import Finding, Severity
from reconciler.pipeline.plan import difference


def finding(planned: Change, now: Change | None, *, ours_wrote: bool) -> Finding | None:
    """None when the plan still fits. `ours_wrote`: this run moved the platform's marks itself, so they say nothing."""
    if now is None:
        return _stale(planned, "it is no longer declared")
    if moved := difference.moved(planned, now):
        return _stale(planned, "; ".join(one.told for one in moved))
    if new := {risk.rule for risk in now.risks} - {risk.rule for risk in planned.risks}:
        return _stale(planned, f"it has a risk the plan did not show: {', '.join(sorted(new))}")
    sensitive = any(field.sensitive for field in planned.fields)
    if sensitive and planned.marker != now.marker and not ours_wrote:
        return _stale(planned, f"changed on the platform: {now.marker} now, {planned.marker} in the plan")
    return None


def _stale(planned: Change, what: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="stale",
        address=str(planned.address),
        what=f"no longer as planned: {what}",
        why="what would be written now is not what was reviewed",
        fix="plan again, and have the new plan reviewed",
    )
