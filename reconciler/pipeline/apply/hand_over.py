"""Changes that only a person can carry out: each becomes a work order. Writes nothing, and counts nothing as done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model.address import Resource
from reconciler.model.attestation import Guide, WorkOrder
from reconciler.model.change import Change
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.settings import Desired


def outcomes(changes: Iterable[Change], guide: Guide, wanted: Mapping[Resource, Desired]) -> tuple[Outcome, ...]:
    """One for each change; its relay was proven before, so that a wrong password is found before it is typed."""
    return tuple(_outcome(change, guide, wanted) for change in changes)


def _outcome(change: Change, guide: Guide, wanted: Mapping[Resource, Desired]) -> Outcome:
    changed, resource = {field.field: field.after for field in change.fields}, change.address.resource
    declared = wanted[resource].settings if resource in wanted else changed
    return Outcome(
        address=change.address,
        status=OutcomeStatus.HANDED_OVER,
        fields=tuple(field.field for field in change.fields),
        order=WorkOrder(
            address=change.address,
            product=guide.product,
            url=guide.url,
            lines=guide.lines(changed),
            files=guide.files(resource, changed, declared) if guide.files else (),
        ),
    )
