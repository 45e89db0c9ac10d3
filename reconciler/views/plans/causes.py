"""What has one cause, together: a relay that moved in 200 resources is one thing to decide. Pure; words are elsewhere.

Each change is in exactly one group, so that counts add up.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan
from reconciler.model.settings import Origin, Value

FEW = 3  # so many are told one by one
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One setting that becomes the same in several resources; `one` is the first, `before` what they have now."""

    one: FieldChange
    before: tuple[Value, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`through` are what brought all that changes: relays of the environment, or the environment itself."""

    environment: str
    action: Action
    through: tuple[str, ...]
    origin: Origin
    moves: tuple[Move, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding, and everything that it is told of."""

    finding: Finding
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Why targets were not read. `changes` are their resources; of `targets` nothing else is known."""

    finding: Finding
    changes: tuple[Change, ...]
    targets: tuple[str, ...]  # <environment>/<target>
    resources: int


def grouped(changes: Sequence[Change], *, also: Callable[[Change], Hashable] = lambda _: None) -> list[Group | Change]:
    """In the order of the first of each. `also` is what else those of one cause have in common."""
    keys = [None if (key := _key(change)) is None else (key, also(change)) for change in changes]
    together: dict[Hashable, list[Change]] = {}
    for key, change in zip(keys, changes, strict=True):
        if key is not None:
            together.setdefault(key, []).append(change)
    many = {key: members for key, members in together.items() if len(members) > FEW}
    told: list[Group | Change] = []
    for key, change in zip(keys, changes, strict=True):
        if key not in many:
            told.append(change)
        elif many[key][0] is change:
            told.append(_group(many[key]))
    return told


def _key(change: Change) -> Hashable | None:
    """None where anything of it was decided for this resource alone."""
    if change.action not in (Action.CREATE, Action.UPDATE, Action.ADOPT) or change.guided or not change.fields:
        return None
    through = {field.origin.through if field.origin else "here" for field in change.fields}
    return None if "here" in through else (change.address.environment, change.action, frozenset(through))


def _group(changes: Sequence[Change]) -> Group:
    first = changes[0]
    origins = [field.origin for field in first.fields if field.origin]
    fields = _by((field for change in changes for field in change.fields), _becomes)
    return Group(
        environment=first.address.environment,
        action=first.action,
        through=tuple(
            sorted({origin.through for origin in origins}, key=lambda one: (not one.startswith("relay"), one))
        ),
        origin=min(origins, key=lambda one: (one.relay is None, one.position)),
        moves=tuple(
            Move(one=same[0], before=tuple(dict.fromkeys(field.before for field in same)), count=len(same))
            for same in fields.values()
        ),
        changes=tuple(changes),
    )


def _becomes(field: FieldChange) -> Hashable:
    """What is the same of a setting in all that are told together; true is not 1."""
    after = (type(field.after), field.after)
    return field.field, field.kind, after, field.cause, field.version, field.why, field.compared


def findings(pairs: Iterable[tuple[str, Finding]]) -> list[Told]:
    """Each once, with the addresses that it was found at; an acceptance of its own is a finding of its own."""
    same = _by(pairs, lambda pair: said(pair[1]))
    return [
        Told(finding=group[0][1], of=tuple(dict.fromkeys(address for address, _ in group if address)))
        for group in same.values()
    ]


def said(finding: Finding) -> Hashable:
    """What is read of it, without its place."""
    return finding.severity, finding.rule, finding.what, finding.why, finding.fix, finding.accepted


def unread(plan: Plan) -> list[Unread]:
    """By reason; the first first."""
    lost = [(reason(change), change.address.unit, change) for change in plan.changes if change.unreadable]
    beside = [(finding, finding.address or "", None) for finding in plan.unread]
    same = _by([*lost, *beside], lambda one: (one[0].rule, one[0].what, one[0].why, one[0].fix))
    return [
        Unread(
            finding=group[0][0],
            changes=tuple(change for _, _, change in group if change),
            targets=tuple(dict.fromkeys(unit for _, unit, _ in group)),
            resources=len(group),
        )
        for group in same.values()
    ]


def reason(change: Change) -> Finding:
    """Why it could not be read: the first error, not what is told beside it."""
    return next((one for one in change.findings if one.severity is Severity.ERROR), change.findings[0])


def _by(things: Iterable[T], key: Callable[[T], Hashable]) -> dict[Hashable, list[T]]:
    found: dict[Hashable, list[T]] = {}
    for one in things:
        found.setdefault(key(one), []).append(one)
    return found
