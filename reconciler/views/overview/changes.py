"""What apply would do: what has one cause in one block, everything else by itself."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.secret import SecretRef
from reconciler.views import settings
from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.html.pieces import framed_table, row
from reconciler.views.html.room import fitted
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.sections import ROOM, Section, left_out, names
from reconciler.views.overview.states import State, badge, shown
from reconciler.views.paper import plural
from reconciler.views.plans import causes, drift, folded, verdict
from reconciler.views.plans.causes import Group, Move

_MOST = 12  # settings of a change
_SIGNS = {Action.CREATE: "+", Action.ARCHIVE: "-", Action.BLOCKED: "!", Action.MANUAL: "!"}
_KINDS = {Action.BLOCKED: "warn", Action.MANUAL: "warn", Action.ARCHIVE: "fail"}


def section(picture: Picture) -> Section | None:
    plan = picture.overview.plan
    told = [one for one in picture.changes if one.action is not Action.NONE and not one.unreadable]
    if plan is None or not told:
        return None
    found = causes.grouped(told)
    made = fitted((_told(one, picture) for one in found), ROOM["changes"], len(found))
    said = element("p", verdict.sentence(plan), class_="soft")
    return Section(name="changes", title="What apply would do", body=joined((said, made.shown, left_out(made.left))))


def _told(one: Group | Change, picture: Picture) -> Html:
    return _change(one, picture) if isinstance(one, Change) else _group(one)


def _group(group: Group) -> Html:
    """What moves alike, and in whom."""
    moves = folded.moves(group)
    rows = [_row(move.one, _moved(move, group)) for move in moves[:_MOST]]
    reached = ", ".join(f"{kind} ×{count}" for kind, count in folded.platforms(group))
    among = names([str(one.address) for one in group.changes], 12)
    below = element("p", f"{reached}: ", among, class_="soft")
    head = joined((shown(group.action, "~", "change"), " ", folded.headline(group)))
    return _block(head, _table(rows, len(moves)), below, opened=True)


def _moved(move: Move, group: Group) -> str:
    return folded.moved(move, group, folded.planned)


def _change(change: Change, picture: Picture) -> Html:
    fields = drift.ordered(change)
    new = change.action is Action.CREATE
    rows = [_row(field, settings.planned(field, new=new)) for field in fields[:_MOST]]
    kind = _KINDS.get(change.action, "change")
    head = [shown(change.action, _SIGNS.get(change.action, "~"), kind), " ", str(change.address)]
    drifted = picture.states[str(change.address)] is State.DRIFT
    head += [" ", badge(State.DRIFT)] if drifted else []
    told = (
        [element("p", f"{change.unchanged} settings unchanged.", class_="soft")] if change.unchanged and not new else []
    )
    told += [element("p", f"was {change.moved_from.resource}", class_="soft")] if change.moved_from else []
    where = [element("p", f"declared at {change.position}", class_="soft")] if change.position else []
    return _block(joined(head), _table(rows, len(fields)), *told, *where, opened=False)


def _block(head: Html, *inside: Html, opened: bool) -> Html:
    return joined(
        (
            element(
                "details", element("summary", head), *inside, open="" if opened else None, class_="fold", data_find=""
            ),
            BREAK,
        )
    )


def _table(rows: Sequence[Html], whole: int) -> Html:
    if not rows:
        return Html()
    more = whole - len(rows)
    rest = [element("p", f"and {plural(more, 'more setting')}", class_="soft")] if more > 0 else []
    return joined((framed_table(("Setting", "Change", "From"), rows, "Settings", stacked=True), *rest))


def _row(field: FieldChange, told: str) -> Html:
    return row(field.field, told, _from(field))


def _from(field: FieldChange) -> str:
    if isinstance(field.after, SecretRef):
        return element("code", str(field.after))
    if field.origin is None:
        return ""
    through = "" if field.origin.through == "here" else f"{field.origin.through}, "
    return f"{through}{settings.place(field.origin, None)}"
