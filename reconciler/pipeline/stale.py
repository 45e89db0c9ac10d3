"""Whether a planned change still fits what is live now, and if not, what moved. Pure."""

from __future__ import annotations

from reconciler.model import codec
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity


def finding(planned: Change, now: Change | None, *, ours_wrote: bool) -> Finding | None:
    """None when the plan still fits. `ours_wrote`: this run moved the platform's marks itself, so they say nothing."""
    if now is None:
        return _stale(planned, "it is no longer part of the files")
    blocked = next((found for found in now.findings if found.severity is Severity.ERROR), None)
    if now.action is Action.BLOCKED and blocked:
        return _stale(planned, blocked.what)
    if moved := _moved(planned, now):
        return _stale(planned, moved)
    sensitive = any(field.sensitive for field in planned.fields)
    if sensitive and planned.marker != now.marker and not ours_wrote:
        return _stale(planned, f"the platform changed it at {now.marker}, the plan knew {planned.marker}")
    return None


def _moved(planned: Change, now: Change) -> str | None:
    before, after = _essence(planned), _essence(now)
    if before == after:
        return None
    from deepdiff import DeepDiff  # 100 ms, and only here

    lines = DeepDiff(before, after, verbose_level=2).pretty().splitlines()
    return "; ".join(line.replace("root", "").strip().rstrip(".") for line in lines)


def _essence(change: Change) -> dict[str, object]:
    """What the writer would act on, free of places and reasons."""
    fields = {
        field.field: {"before": codec.value(field.before), "after": codec.value(field.after), "version": field.version}
        for field in change.fields
    }
    return {"action": str(change.action), "id": change.id, "fields": fields}


def _stale(planned: Change, what: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="stale",
        address=str(planned.address),
        what=f"not as planned any more: {what}",
        why="what was reviewed is not what would be written now",
        fix="plan again, and have the new plan reviewed",
    )
