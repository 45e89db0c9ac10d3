"""A resource under a new key looks like one that went and one that came: the plan says how to tell. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.model.change import Action, Change

_Place = tuple[str, str]  # unit and collection


def hinted(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Where exactly one object of a collection would be archived and one created, the first gets a fix."""
    gone, new = _alone(changes, Action.ARCHIVE), _alone(changes, Action.CREATE)
    return tuple(_told(one, new.get(_place(one))) if gone.get(_place(one)) is one else one for one in changes)


def _alone(changes: Iterable[Change], action: Action) -> dict[_Place, Change]:
    found: dict[_Place, list[Change]] = {}
    for one in changes:
        if one.action is action and one.address.resource.key is not None:
            found.setdefault(_place(one), []).append(one)
    return {place: ones[0] for place, ones in found.items() if len(ones) == 1}


def _place(one: Change) -> _Place:
    return one.address.unit, one.address.resource.collection


def _told(old: Change, new: Change | None) -> Change:
    if new is None or not old.findings or old.findings[0].fix:
        return old
    fix = f"if {new.address.resource} is the same one renamed, declare moved_from: {old.address.resource.key} there"
    return replace(old, findings=(replace(old.findings[0], fix=fix), *old.findings[1:]))
