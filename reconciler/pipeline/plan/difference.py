"""What moved between two plans, or between a planned change and what it has become. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.change import Action, Change
from reconciler.model.difference import Moved, Part, Since, essence, fingerprints, text
from reconciler.model.plan import Plan
from reconciler.model.settings import Settings

_PARTS = {"before": Part.LIVE, "after": Part.DECLARED, "version": Part.VERSION}
_Essence = Mapping[str, Mapping[str, object]]


def difference(before: Plan, after: Plan) -> tuple[Moved, ...]:
    """What changed since the earlier plan, in the order of addresses; reasons, places and times do not count."""
    return _moved(*({str(one.address): essence(one) for one in plan.changes} for plan in (before, after)))


def since(before: Plan, after: Plan) -> Since:
    """The same for people who have seen the earlier plan; what is in sync in both is nobody's concern."""
    found = difference(before, after)
    touched = {one.address for one in found}
    to_do = [str(one.address) for one in after.changes if one.action is not Action.NONE]
    return Since(
        commit=before.git.commit if before.git else None,
        moved=found,
        same=sum(address not in touched for address in to_do),
    )


def since_seen(commit: str | None, seen: Mapping[str, str], after: Plan) -> Since:
    """The same where only the digests of the earlier plan are known, by address."""
    now = fingerprints(after.changes)
    there = [address for address in (*seen, *now) if seen.get(address) != now.get(address)]
    return Since(
        commit=commit,
        moved=tuple(_otherwise(address, seen, now) for address in sorted(dict.fromkeys(there))),
        same=sum(seen.get(address) == digest for address, digest in now.items()),
    )


def _otherwise(address: str, seen: Mapping[str, str], now: Mapping[str, str]) -> Moved:
    before, after = seen.get(address), now.get(address)
    return Moved(
        address=address, part=Part.SOMETHING if before and after else Part.RESOURCE, before=before, after=after
    )


def moved(planned: Change, now: Change) -> tuple[Moved, ...]:
    """The same for one change; both are of one resource."""
    if planned == now:
        return ()
    address = str(planned.address)
    return _moved({address: essence(planned)}, {address: essence(now)})


def declared(plan: Plan, settings: Mapping[str, Settings]) -> tuple[Moved, ...]:
    """What the files say otherwise now of the settings that a plan writes; `settings` are the effective ones, by
    address. A plan has no value of a setting that was right already, so this may be empty though something moved."""
    changes = [one for one in plan.changes if str(one.address) in settings]
    planned = {str(one.address): {field.field: field.after for field in one.fields if field.origin} for one in changes}
    now = {address: {name: settings[address].get(name) for name in fields} for address, fields in planned.items()}
    return _moved(*(_all_declared(one) for one in (planned, now)))


def _all_declared(values: Mapping[str, Settings]) -> _Essence:
    return {
        address: {"fields": {name: {"after": text(value)} for name, value in fields.items()}}
        for address, fields in values.items()
    }


def _moved(before: _Essence, after: _Essence) -> tuple[Moved, ...]:
    keys = before.keys() | after.keys()
    if not (differ := {key for key in keys if before.get(key) != after.get(key)}):
        return ()
    before, after = ({key: one[key] for key in one if key in differ} for one in (before, after))
    from deepdiff import DeepDiff  # 100 ms, and only here

    # 0: two that have little in common are compared key by key too
    found = DeepDiff(before, after, view="tree", ignore_type_in_groups=[], threshold_to_diff_deeper=0)
    levels = [_one(level) for levels in found.values() for level in levels]
    return tuple(sorted(dict.fromkeys(levels), key=lambda one: (one.address, one.setting or "")))


def _one(level: Any) -> Moved:
    address, *path = level.path(output_format="list")
    before, after = _shown(level.t1), _shown(level.t2)
    if not path:
        gone = {"before": None if before is None else address, "after": None if after is None else address}
        return Moved(address=address, part=Part.RESOURCE, **gone)
    if path[0] != "fields":
        return Moved(address=address, part=Part(path[0]), before=before, after=after)
    if len(path) == 2:
        gone = {"before": None if before is None else path[1], "after": None if after is None else path[1]}
        return Moved(address=address, part=Part.SETTING, setting=path[1], **gone)
    return Moved(address=address, part=_PARTS[path[2]], setting=path[1], before=before, after=after)


def _shown(value: object) -> str | None:
    return None if value is None or type(value).__name__ == "NotPresent" else str(value)
