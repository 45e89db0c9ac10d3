"""A change, or what has one cause, setting by setting in Markdown: a row of the table of causes, and a fold."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.finding import Severity
from reconciler.model.secret import SecretRef
from reconciler.views import settings
from reconciler.views.markdown import code, folded, html_code, prose, table
from reconciler.views.paper import plural
from reconciler.views.plans import folded as words
from reconciler.views.plans.causes import Group, Move
from reconciler.views.plans.page import Page

HEAD = table(("cause", "what moves", "resources"), ())
_MOST = 8  # settings of a row
_NAMES = 40  # of a platform


def row(group: Group, page: Page) -> str:
    """Why, what, and whom it reaches."""
    place = page.place(group.origin.position, settings.place(group.origin, None))
    through = ", ".join(map(prose, group.through))
    moves = words.moves(group)
    told = [_move(move, group) for move in moves[:_MOST]]
    told += [f"and {len(moves) - _MOST} more"] if len(moves) > _MOST else []
    reached = ", ".join(f"{prose(kind)} ×{count}" for kind, count in words.platforms(group))
    cells = f"{code(group.environment)} {through}<br>{place}", "<br>".join(told), f"**{len(group.changes)}**: {reached}"
    return f"| {' | '.join(cells)} |"


def _move(move: Move, group: Group) -> str:
    new = group.action is Action.CREATE
    told = _moved(move.one, new=new)
    if len(move.before) > 1 and not new:
        told = f"{len(move.before)} values → {_moved(move.one, new=True)}"
    return f"{code(move.one.field)} {told}{words.part_of(move, group)}"


def fold(one: Change | Group, page: Page) -> list[str]:
    return _change(one, page) if isinstance(one, Change) else _group(one)


def _group(group: Group) -> list[str]:
    through = ", ".join(html_code(one) for one in group.through)
    head = f"<b>{group.action}</b> {plural(len(group.changes), 'resource')}: {through}"
    lines = []
    for kind in dict.fromkeys(change.kind for change in group.changes):
        names = [str(change.address) for change in group.changes if change.kind == kind]
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        lines.append(f"- {prose(kind) if kind else 'no platform'}: {', '.join(map(code, names[:_NAMES]))}{more}")
    return folded(head, lines)


def _change(change: Change, page: Page) -> list[str]:
    place = f" at {html_code(f'{change.position.file}:{change.position.line}')}" if change.position else ""
    was = f" (was {html_code(str(change.moved_from.resource))})" if change.moved_from else ""
    head = f"<b>{change.action}</b> {html_code(str(change.address))}{was}{place}"
    shown = page.linked("Where it is declared", change.position) if change.position else ""
    declared = [shown, ""] if shown.startswith("[") else []
    return folded(head, [*declared, *_details(change, page)])


def _details(change: Change, page: Page) -> list[str]:
    fields = sorted(change.fields, key=lambda field: settings.rank(field.field))
    new = change.action is Action.CREATE
    head = ("setting", "value" if new else "change", "from")
    lines = table(head, [_row(field, change, page, new=new) for field in fields]) if fields else []
    if change.unchanged and not new:
        counted = plural(change.unchanged, "setting")
        lines += ["", f"{counted} unchanged." if fields else f"{counted} already as declared."]
    notes = [f"- {prose(finding.what)}" for finding in change.findings if finding.severity is Severity.NOTE]
    return [*lines, *(["", *notes] if notes else [])] or ["No setting is written."]


def _row(field: FieldChange, change: Change, page: Page, *, new: bool) -> Sequence[str]:
    return code(field.field), _moved(field, new=new), _from(field, change, page)


def _moved(field: FieldChange, *, new: bool) -> str:
    if field.sensitive:
        return prose(settings.planned(field, new=new))  # versions and reasons; no value is known here
    after = code(settings.value(field.after))
    return after if new else f"{code(settings.value(field.before))} → {after}{settings.moved_by(field)}"


def _from(field: FieldChange, change: Change, page: Page) -> str:
    if isinstance(field.after, SecretRef):
        return code(str(field.after))
    if field.origin is None:
        return ""
    through = "" if field.origin.through == "here" else f"{prose(field.origin.through)}, "
    return f"{through}{page.place(field.origin.position, settings.place(field.origin, change.position))}"
