"""Changes that only a person can carry out: each becomes a work order. Writes nothing, and counts nothing as done."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.attestation import Guide, WorkOrder
from reconciler.model.change import Change
from reconciler.model.outcome import Outcome, OutcomeStatus


def outcomes(changes: Iterable[Change], guide: Guide) -> tuple[Outcome, ...]:
    """One for each change; its relay was proven before, so that a wrong password is found before it is typed."""
    return tuple(_outcome(change, guide) for change in changes)


def _outcome(change: Change, guide: Guide) -> Outcome:
    lines = guide.lines({field.field: field.after for field in change.fields})
    return Outcome(
        address=change.address,
        status=OutcomeStatus.HANDED_OVER,
        fields=tuple(field.field for field in change.fields),
        order=WorkOrder(address=change.address, product=guide.product, url=guide.url, lines=lines),
    )
