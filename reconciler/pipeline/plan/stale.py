"""Whether a planned change still fits what is live now, and if not, what moved. Pure."""

from __future__ import annotations

import json
from typing import Any

from reconciler.model import codec
from reconciler.model.change import Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Value


def finding(planned: Change, now: Change | None, *, ours_wrote: bool) -> Finding | None:
    """None when the plan still fits. `ours_wrote`: this run moved the platform's marks itself, so they say nothing."""
    if now is None:
        return _stale(planned, "it is no longer part of the files")
    if moved := _moved(planned, now):
        return _stale(planned, moved)
    if new := {risk.rule for risk in now.risks} - {risk.rule for risk in planned.risks}:
        return _stale(planned, f"it has a risk that the plan did not show: {', '.join(sorted(new))}")
    sensitive = any(field.sensitive for field in planned.fields)
    if sensitive and planned.marker != now.marker and not ours_wrote:
        return _stale(planned, f"the platform changed it at {now.marker}, the plan knew {planned.marker}")
    return None


def _moved(planned: Change, now: Change) -> str | None:
    before, after = _essence(planned), _essence(now)
    if before == after:
        return None
    from deepdiff import DeepDiff  # 100 ms, and only here

    found = DeepDiff(before, after, view="tree", ignore_type_in_groups=[])
    return "; ".join(dict.fromkeys(_words(level) for levels in found.values() for level in levels))


def _words(level: Any) -> str:
    """One difference, in the words of the plan: `before` is what the platform had."""
    path = level.path(output_format="list")
    if path[0] != "fields":
        return f"{path[0]}: planned {_shown(level.t1)}, now {_shown(level.t2)}"
    field = path[1]
    if len(path) == 2:
        return f"{field}: nothing to change any more" if _absent(level.t2) else f"{field}: has to change too"
    word = {"before": "on the platform", "after": "declared", "version": "version"}[path[2]]
    return f"{field}: {word} {_shown(level.t2)}, the plan knew {_shown(level.t1)}"


def _absent(value: object) -> bool:
    return type(value).__name__ == "NotPresent"


def _shown(value: object) -> str:
    return "nothing" if value is None or _absent(value) else str(value)


def _essence(change: Change) -> dict[str, object]:
    """What the writer would act on, free of places and reasons. Lists as text: a setting is one value."""
    fields = {
        field.field: {"before": _text(field.before), "after": _text(field.after), "version": field.version}
        for field in change.fields
    }
    return {
        "action": str(change.action),
        "id": change.id,
        "moved from": change.moved_from and str(change.moved_from.resource),
        "fields": fields,
    }


def _text(value: Value) -> object:
    """Told apart as `plan` does, and comparable: true is not 1, a reference is told by its name and version."""
    if isinstance(value, SecretRef):
        return f"{value}{f' version {value.version}' if value.version else ''}"
    return json.dumps(codec.value(value), ensure_ascii=False) if isinstance(value, bool | tuple) else value


def _stale(planned: Change, what: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="stale",
        address=str(planned.address),
        what=f"not as planned any more: {what}",
        why="what was reviewed is not what would be written now",
        fix="plan again, and have the new plan reviewed",
    )
