"""The change that brings back what was there before another one. Pure: values in, a value out.

Nobody knows a secret that was there: it is named in a finding of severity error, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Absent, Live, Present, Reading, Value

NOT_RESTORED = "secret-not-restored"


def previous_settings(change: Change, before: Reading) -> Live:
    """What there was of a resource: also under its former name, or as the object that was taken over."""
    place = change.moved_from.resource if change.moved_from else change.address.resource
    taken = (one.live for one in before.strangers if (one.collection, one.id) == (place.collection, change.id))
    return next(taken, before.live(place))


def earlier(change: Change, before: Live, *, now: Live | None = None) -> Change | None:
    """What takes `change` back, once it was written or half written; None when it writes nothing.

    `before` is the resource as it was read right before the write, for an adoption the object that was taken over;
    `now` how it is after it, for its id and marker. An update gives the fields that it names their values of before.
    What was created in a collection, or came back into use there, is archived, for nothing is ever deleted; a singleton
    that was absent gets its fields cleared, secrets too. What was archived gets its settings back. An adopted object
    keeps our mark: it is still declared. The action is `none` where nothing can be brought back; its findings then say
    why.
    """
    back = replace(
        change,
        risks=(),
        findings=(),
        unchanged=0,
        id=now.id if isinstance(now, Present) else change.id,  # without an id the writer finds it by our mark
        marker=now.marker if isinstance(now, Present) else None,
    )
    if isinstance(now, Absent):
        return None
    if change.action is Action.CREATE or (isinstance(before, Present) and before.archived):
        return _undone(back, change)
    if not change.writes or not isinstance(before, Present):
        return None
    if change.action is Action.ARCHIVE:
        return _with(back, _all_of(before, now))
    changed = tuple(field for field in change.fields if field.kind is not FieldKind.AGAIN)  # was there before
    fields = tuple(_field(field, before) for field in changed)
    lost = tuple(_lost(change, field) for field, old in zip(changed, fields, strict=True) if old is None)
    if change.moved_from:
        back = replace(back, address=change.moved_from, moved_from=change.address)
    back = _with(back, tuple(field for field in fields if field is not None))
    return replace(back, findings=(*lost, *_kept_mark(change)))


def _undone(back: Change, change: Change) -> Change:
    if change.address.resource.key is not None:
        return replace(back, action=Action.ARCHIVE, fields=())
    return _with(back, tuple(_change(field, None) for field in change.fields))


def _with(back: Change, fields: tuple[FieldChange, ...]) -> Change:
    action = Action.UPDATE if fields or back.moved_from else Action.NONE
    return replace(back, action=action, fields=fields)


def _field(field: FieldChange, before: Present) -> FieldChange | None:
    """None for a value of before that nobody knows."""
    if field.field not in before.write_only and (not field.sensitive or field.field in before.settings):
        return _change(field, before.settings.get(field.field))
    if not field.sensitive and field.before is not None:
        return _change(field, field.before)  # the platform does not show it; that is what we applied last
    return None


def _change(field: FieldChange, value: Value) -> FieldChange:
    return FieldChange(
        field=field.field,
        kind=FieldKind.UNSET if value is None else FieldKind.SET,
        before=field.version if isinstance(field.after, SecretRef) else field.after,
        after=value,
        cause=Cause.GIT,
        sensitive=field.sensitive,
        origin=field.origin,
        why="as it was before",
    )


def _all_of(before: Present, now: Live | None) -> tuple[FieldChange, ...]:
    """All settings that are no longer as before; those of an archived object may not be shown."""
    have = now.settings if isinstance(now, Present) else {}
    return tuple(
        FieldChange(
            field=field,
            kind=FieldKind.UNSET if value is None else FieldKind.SET,
            before=have.get(field),
            after=value,
            cause=Cause.GIT,
            why="as it was before",
        )
        for field, value in before.settings.items()
        if field not in have or have[field] != value
    )


def _lost(change: Change, field: FieldChange) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule=NOT_RESTORED,
        address=str(change.address),
        field=field.field,
        where=field.origin.position if field.origin else change.position,
        what=f"{field.field} was not restored: the platform does not report its earlier value",
        why="a secret cannot be read back, and no copy of it is kept",
        fix="declare the earlier reference or version, and apply it",
    )


def _kept_mark(change: Change) -> Iterator[Finding]:
    if change.action is Action.ADOPT:
        yield Finding(
            severity=Severity.NOTE,
            rule="mark-kept",
            address=str(change.address),
            what="its earlier settings are back; it keeps our mark",
            why="it is still declared, and a second object would not help",
        )
