"""Which findings a change has to tell, by what they say of its settings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.model.change import FieldChange, FieldKind
from reconciler.model.finding import Finding, Holds, Severity


def findings(found: Iterable[Finding], fields: Sequence[FieldChange]) -> tuple[Finding, ...]:
    """Those that hold beside a change of `fields`."""
    changed = {field.field for field in fields}
    replaced = {field.field for field in fields if field.kind is not FieldKind.UNSET}
    return tuple(one for one in found if _holds(one, changed, replaced))


def _holds(one: Finding, changed: set[str], replaced: set[str]) -> bool:
    match one.holds:
        case Holds.UNTIL_CHANGED:
            return one.field not in replaced
        case Holds.IF_CHANGED:
            return bool(changed) if one.field is None else one.field in changed
        case Holds.UNTIL_DONE_BY_HAND:
            return True
        case _:  # an error about a single setting that would not change forbids nothing
            return one.severity is not Severity.ERROR or one.field is None or one.field in changed
