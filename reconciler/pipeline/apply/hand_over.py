"""Changes that only a person can carry out: each becomes a work order. Writes nothing, and counts nothing as done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from reconciler.model.address import Resource
from reconciler.model.attestation import Guide, WorkOrder
from reconciler.model.change import Change
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Applied, AppliedSecret, Desired
from reconciler.pipeline.apply.job import Job
from reconciler.pipeline.apply.record import Stamp
from reconciler.pipeline.observe.observe import Versions


def outcomes(changes: Iterable[Change], guide: Guide, wanted: Mapping[Resource, Desired]) -> tuple[Outcome, ...]:
    """One for each change; its relay was proven before, so that a wrong password is found before it is typed."""
    return tuple(_outcome(change, guide, wanted) for change in changes)


def _outcome(change: Change, guide: Guide, wanted: Mapping[Resource, Desired]) -> Outcome:
    changes, resource = {field.field: field.after for field in change.fields}, change.address.resource
    declared = wanted[resource].settings if resource in wanted else changes
    return Outcome(
        address=change.address,
        status=OutcomeStatus.HANDED_OVER,
        fields=tuple(field.field for field in change.fields),
        order=WorkOrder(
            address=change.address,
            product=guide.product,
            url=guide.url,
            lines=guide.lines(changes),
            then=guide.then(changes),
            files=guide.files(resource, changes, declared) if guide.files else (),
        ),
    )


def remember(changes: Iterable[Change], desired: Mapping[Resource, Desired], versions: Versions, job: Job) -> None:
    """Keeps what was handed over, so that attesting later is about this, whatever is declared by then.

    Inside the lock of the installation. Raises StateError.
    """
    for installation, group in groupby(changes, key=lambda change: change.installation):
        before = job.state.load([installation]).get(installation, ())
        last = {one.address.resource: one for one in before}
        wanted = [desired[change.address.resource] for change in group if change.address.resource in desired]
        orders = [_ordered(last.get(one.address.resource), entry(one, versions, job.stamp)) for one in wanted]
        job.state.save(installation, replaced(before, orders))


def entry(one: Desired, versions: Versions, stamp: Stamp) -> Applied:
    """What is declared, as the entry that it becomes; every secret with the version that it has now."""
    return Applied(
        installation=one.installation,
        address=one.address,
        settings={field: value for field, value in one.settings.items() if not isinstance(value, SecretRef)},
        secrets=dict(_secrets(one, versions)),
        marker=None,
        run=stamp.run,
        at=stamp.at,
        order=one.order,
    )


def replaced(before: Iterable[Applied], entries: Sequence[Applied]) -> tuple[Applied, ...]:
    """The entries of an installation with these in place of the earlier ones."""
    new = {one.address.resource for one in entries}
    return (*(one for one in before if one.address.resource not in new), *entries)


def _ordered(last: Applied | None, order: Applied) -> Applied:
    nothing = replace(order, settings={}, secrets={})
    return replace(last or nothing, handed=order)


def _secrets(one: Desired, versions: Versions) -> Iterator[tuple[str, AppliedSecret]]:
    for field, value in one.settings.items():
        version = versions.get(value) if isinstance(value, SecretRef) else None
        if isinstance(value, SecretRef) and isinstance(version, SecretVersion):
            yield field, AppliedSecret(ref=value, version=version)
