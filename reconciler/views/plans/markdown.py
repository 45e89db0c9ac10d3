"""A plan as Markdown, for a comment on a pull request or the summary of a CI job: decisions first, details folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan, Stage
from reconciler.model.secret import SecretRef
from reconciler.views import review, settings
from reconciler.views.markdown import code, fenced, folded, html_code, prose, table
from reconciler.views.paper import plural
from reconciler.views.plans import causes, verdict
from reconciler.views.plans import text as view

_COLUMNS = {
    Action.CREATE: "create",
    Action.ADOPT: "adopt",
    Action.UPDATE: "update",
    Action.ARCHIVE: "archive",
    Action.MANUAL: "by hand",
    Action.BLOCKED: "blocked",
    Action.RELEASED: "released",
    Action.NONE: "in sync",
}
_UNREADABLE = "not readable"
_FIRST = (Severity.ERROR, Severity.RISK, Severity.WARNING)  # what is told on top; notes are told where they belong


def text(plan: Plan, *, next_command: str | None) -> str:
    """`next_command` is what applies the plan; None where it is not to be applied from here."""
    parts = [
        [f"**{prose(verdict.sentence(plan))}**"],
        [_origin(plan)],
        review.markdown(plan.review),
        _stages(plan),
        _to_decide(plan),
    ]
    parts += [_change(change) for change in verdict.changes(plan) if not change.unreadable]
    parts.append([f"- {prose(note.what)}" for note in plan.findings if note.severity is Severity.NOTE])
    if said := verdict.next_command(plan, next_command):
        parts.append(["Apply with:", "", *fenced(said)])
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _origin(plan: Plan) -> str:
    read = f"Read at {code(plan.created_at)}"
    if plan.git is None:
        return f"{read}."
    return f"{read}, declared in commit {code(plan.git.commit[:12])}{' and local edits' if plan.git.dirty else ''}."


def _stages(plan: Plan) -> list[str]:
    counts = {stage.name: _counts(plan, stage) for stage in plan.stages}
    shown = [name for name in (*_COLUMNS.values(), _UNREADABLE) if any(found[name] for found in counts.values())]
    rows = [
        [_stage(stage), *(str(counts[stage.name][name] or "") for name in shown)]
        for stage in plan.stages
        if counts[stage.name]
    ]
    return table(["environment", *shown], rows, numbers=True) if rows else []


def _counts(plan: Plan, stage: Stage) -> Counter[str]:
    mine = (change for change in plan.changes if change.address.environment == stage.name)
    return Counter(_UNREADABLE if change.unreadable else _COLUMNS[change.action] for change in mine)


def _stage(stage: Stage) -> str:
    return f"**{code(stage.name)}** (protected)" if stage.protected else code(stage.name)


def _to_decide(plan: Plan) -> list[str]:
    """What could not be read, once for each reason; risks; warnings."""
    lines = list(_not_readable(plan))
    told = [(finding, change) for change in plan.changes for finding in (*change.risks, *change.findings)]
    told = [(finding, change) for finding, change in told if not change.unreadable]
    beside = [(finding, None) for finding in plan.findings if finding.severity is not Severity.ERROR]
    for severity in _FIRST:
        lines += [_finding(one, change) for one, change in (*told, *beside) if one.severity is severity]
    return lines


def _not_readable(plan: Plan) -> Iterator[str]:
    lost = [change for change in plan.changes if change.unreadable]
    for _, group in groupby(lost, key=view.unreadable_unit):
        together = list(group)
        first = together[0]
        name = str(first.address) if len(together) == 1 else first.address.unit
        many = "" if len(together) == 1 else f" ({plural(len(together), 'resource')})"
        yield _item(f"{_UNREADABLE}: {code(name)}{many}", causes.reason(first))
    for finding in plan.unread:
        yield _item(f"{_UNREADABLE}: {code(finding.address or 'a target')}", finding)


def _finding(finding: Finding, change: Change | None) -> str:
    about = finding.address or (str(change.address) if change else "")
    where = finding.where or (change.position if change else None)
    names = [code(about)] if about else []
    names += [code(f"{where.file}:{where.line}")] if where else []
    word = f"{finding.severity} (accepted until {finding.accepted.until})" if finding.accepted else finding.severity
    return _item(f"{word}: {code(finding.rule)}{' at ' if names else ''}{', '.join(names)}", finding)


def _item(head: str, finding: Finding) -> str:
    """One item of a list, whose reason and way out stand on lines of their own."""
    more = [f"{word}: {prose(said)}" for word, said in (("why", finding.why), ("fix", finding.fix)) if said]
    return "<br>".join([f"- **{head}**: {prose(finding.what)}", *more])


def _change(change: Change) -> list[str]:
    place = f" at {html_code(f'{change.position.file}:{change.position.line}')}" if change.position else ""
    was = f" (was {html_code(str(change.moved_from.resource))})" if change.moved_from else ""
    head = f"<b>{change.action}</b> {html_code(str(change.address))}{was}{place}"
    return folded(head, _details(change))


def _details(change: Change) -> list[str]:
    fields = sorted(change.fields, key=lambda field: settings.rank(field.field))
    new = change.action is Action.CREATE
    head = ("setting", "value" if new else "change", "from")
    lines = table(head, [_row(field, change, new=new) for field in fields]) if fields else []
    if change.unchanged and not new:
        counted = plural(change.unchanged, "setting")
        lines += ["", f"{counted} unchanged." if fields else f"{counted} already as declared."]
    notes = [f"- {prose(finding.what)}" for finding in change.findings if finding.severity is Severity.NOTE]
    return [*lines, *(["", *notes] if notes else [])] or ["No setting is written."]


def _row(field: FieldChange, change: Change, *, new: bool) -> Sequence[str]:
    return code(field.field), _moved(field, new=new), _from(field, change)


def _moved(field: FieldChange, *, new: bool) -> str:
    if field.sensitive:
        return prose(settings.planned(field, new=new))  # versions and reasons; no value is known here
    after = code(settings.value(field.after))
    return after if new else f"{code(settings.value(field.before))} → {after}{settings.moved_by(field)}"


def _from(field: FieldChange, change: Change) -> str:
    if isinstance(field.after, SecretRef):
        return code(str(field.after))
    if field.origin is None:
        return ""
    through = "" if field.origin.through == "here" else f"{prose(field.origin.through)}, "
    return f"{through}{code(settings.place(field.origin, change.position))}"
