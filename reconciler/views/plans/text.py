"""A plan as its reviewer reads it: what changes first, what needs an action, and what is fine as a count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from reconciler.model import codec
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.plan import Plan, Stage
from reconciler.views import review, settings
from reconciler.views.paper import Paper, columns, plural
from reconciler.views.printable import Printable

_SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.ADOPT: "~",
    Action.ARCHIVE: "-",
    Action.RELEASED: "-",
    Action.BLOCKED: "!",
    Action.MANUAL: "!",
}
_ORDER = (Action.CREATE, Action.ADOPT, Action.UPDATE, Action.ARCHIVE, Action.MANUAL, Action.BLOCKED)


def text(plan: Plan, paper: Paper, *, next_command: str | None = "reconciler apply") -> Printable:
    """`next_command` is the last line; None inside apply, which is that command."""
    lines = [*review.lines(plan.review, paper)]
    lines += [line for stage in plan.stages for line in _stage(plan, stage, paper)]
    lines += [line for finding in plan.findings for line in _beside(finding, paper)]
    if lines and lines[-1]:
        lines.append("")
    lines += _summary(plan, paper, next_command)
    return paper.finish(lines)


def document(plan: Plan) -> codec.Json:
    """What is saved too; schemas/plan.schema.json."""
    return codec.plan(plan)


def parts(plan: Plan) -> codec.Json:
    """The same, with an iterator for its changes."""
    return codec.plan_parts(plan)


def changes(plan: Plan) -> tuple[Change, ...]:
    """Those worth a line."""
    return tuple(change for change in plan.changes if change.action is not Action.NONE)


def risks(plan: Plan) -> tuple[Finding, ...]:
    return tuple(risk for change in plan.changes for risk in change.risks)


def accepted(plan: Plan) -> tuple[Finding, ...]:
    """Warnings that somebody lives with."""
    told = (*plan.findings, *(one for change in plan.changes for one in change.findings))
    return tuple(one for one in told if one.accepted)


def _stage(plan: Plan, stage: Stage, paper: Paper) -> Iterator[str]:
    mine = [change for change in changes(plan) if change.address.environment == stage.name]
    warned = [change for change in warned_in_sync(plan) if change.address.environment == stage.name]
    if not mine and not warned:
        return
    protected = ", protected" if stage.protected else ""
    yield paper.paint(f"{stage.name} (order {stage.order}{protected})", "bold")
    yield ""
    for same, group in groupby(mine, key=unreadable_unit):
        together = list(group)
        if same:
            yield from _not_readable(together, paper)
        else:
            for change in together:
                yield from _change(change, paper, plan.created_at)
                yield ""
            continue
        yield ""
    for change in warned:
        yield f"  = {paper.paint(str(change.address), 'bold')}   in sync"
        for finding in warnings(change):
            yield from _finding(finding, paper, "      ")
        yield ""


def warnings(change: Change) -> tuple[Finding, ...]:
    return tuple(finding for finding in change.findings if finding.severity is Severity.WARNING)


def warned_in_sync(plan: Plan) -> tuple[Change, ...]:
    """Nothing differs, and all the same it does not do what is declared."""
    return tuple(change for change in plan.changes if change.action is Action.NONE and warnings(change))


def reason(change: Change) -> Finding:
    """Why it could not be read: the first error, not what is told beside it."""
    return next((one for one in change.findings if one.severity is Severity.ERROR), change.findings[0])


def unreadable_unit(change: Change) -> tuple[str, str] | None:
    """What is not readable for one reason is told once."""
    return (change.address.unit, reason(change).what) if change.unreadable else None


def _not_readable(group: Sequence[Change], paper: Paper) -> Iterator[str]:
    finding = reason(group[0])
    name = str(group[0].address) if len(group) == 1 else f"{group[0].address.unit} ({len(group)} resources)"
    yield f"  {paper.paint('?', '?')} {name}: not readable. {finding.what}"
    yield from _reason(finding, "      ")


def _change(change: Change, paper: Paper, plan_at: str) -> Iterator[str]:
    sign = _SIGNS[change.action]
    where = f"{change.position.file}:{change.position.line}" if change.position else ""
    head = f"{change.action} {change.address}" if change.action is not Action.UPDATE else str(change.address)
    if change.action is Action.CREATE:
        head = str(change.address)
    if change.moved_from:
        head += f" (was {change.moved_from.resource})"
    gap = max(2, min(paper.width, 100) - 4 - len(head) - len(where))
    yield f"  {paper.paint(sign, sign)} {paper.paint(head, 'bold')}{' ' * gap}{where}".rstrip()
    new = change.action is Action.CREATE or any(one.holds is Holds.UNTIL_REVIEWED for one in change.findings)
    rows = [
        settings.row(field, settings.planned(field, new=new), change.position)
        for field in sorted(change.fields, key=lambda field: settings.rank(field.field))
    ]
    yield from columns(rows, paper.width, "      ")
    if change.unchanged and change.fields and change.writes and not new:
        yield paper.paint(f"      {plural(change.unchanged, 'setting')} unchanged", "dim")
    if change.action is Action.ADOPT and not change.fields:
        match = "setting already matches" if change.unchanged == 1 else "settings already match"
        yield paper.paint(f"      takes over: {change.unchanged} {match}", "dim")
    if change.guided and change.differs:
        yield f"      {by_hand(change, plan_at)}"
    for finding in (*change.risks, *change.findings):
        yield from _finding(finding, paper, "      ")


def by_hand(change: Change, at: str) -> str:
    """Of a guided change: who attested the resource last, told at a time (RFC 3339, UTC)."""
    if change.attested is None:
        return "by hand, with a work order; never attested"
    return f"by hand, with a work order; attested {ago(change.attested.at, at)} by {change.attested.by}"


def ago(then: str, now: str) -> str:
    """In whole days; both are RFC 3339, UTC."""
    days = (date.fromisoformat(now[:10]) - date.fromisoformat(then[:10])).days
    return "today" if days <= 0 else f"{plural(days, 'day')} ago"


def _beside(finding: Finding, paper: Paper) -> Iterator[str]:
    """What is about no single change."""
    if finding.severity is not Severity.ERROR:
        yield from _finding(finding, paper, "")
        return
    yield f"{paper.paint('?', '?')} {finding.address}: not readable. {finding.what}"
    yield from _reason(finding, "    ")


def _finding(finding: Finding, paper: Paper, indent: str) -> Iterator[str]:
    about = "" if indent else f"{finding.where or finding.address}: "
    if finding.severity is Severity.NOTE:
        yield f"{indent}{about}{finding.what}"
        return
    if finding.accepted:
        until = f"accepted until {finding.accepted.until}: {finding.accepted.reason}"
        yield paper.paint(f"{indent}{about}{finding.rule}: {finding.what} ({until})", "dim")
        return
    yield f"{indent}{paper.paint('!', '!')} {about}{finding.rule}: {finding.what}"
    if finding.severity is not Severity.RISK:
        yield from _reason(finding, indent + "    ")


def _reason(finding: Finding, indent: str) -> Iterator[str]:
    if finding.why:
        yield f"{indent}why: {finding.why}"
    if finding.fix:
        yield f"{indent}fix: {finding.fix}"


def verdict(plan: Plan) -> str:
    """In a sentence: what would be done, what could not be read, what is fine."""
    counts = dict.fromkeys(Action, 0)
    lost = len(plan.unread)
    for change in plan.changes:
        if change.unreadable:
            lost += 1
        else:
            counts[change.action] += 1
    doing = [f"{counts[action]} {_TO[action]}" for action in _ORDER if counts[action]]
    if plan.nothing_read:  # then nobody knows whether there are changes
        released = f"; {counts[Action.RELEASED]} released" if counts[Action.RELEASED] else ""
        return f"Cannot plan: {lost} not readable{released}."
    parts = [", ".join(doing) if doing else "No changes"]
    parts += [f"{lost} not readable"] if lost else []
    parts += [f"{counts[Action.RELEASED]} released"] if counts[Action.RELEASED] else []
    attested = sum(change.action is Action.NONE and change.guided for change in plan.changes)
    parts += [f"{attested} attested"] if attested else []
    parts += [f"{counts[Action.NONE] - attested} in sync{_quiet(plan)}"] if counts[Action.NONE] - attested else []
    told = sum(len(warnings(change)) for change in warned_in_sync(plan))
    parts += [plural(told, "warning")] if told else []
    found = risks(plan)
    tail = f" {plural(len(found), 'risk')}." if found else ""
    known = accepted(plan)
    tail += f" {plural(len(known), 'warning')} accepted." if known else ""
    return f"{'Plan: ' if doing else ''}{'; '.join(parts)}.{tail}"


def command(plan: Plan, next_command: str | None) -> str | None:
    """What applies it, with the risks to accept; None where there is nothing that could be applied."""
    if not (plan.applyable and next_command) or plan.nothing_read:
        return None
    return next_command + "".join(f" --allow {rule}" for rule in sorted({risk.rule for risk in risks(plan)}))


def _summary(plan: Plan, paper: Paper, next_command: str | None) -> list[str]:
    lines = [paper.paint(verdict(plan), "bold")]
    if said := command(plan, next_command):
        lines.append(f"Apply with: {said}")
    return lines


_TO = {
    Action.CREATE: "to create",
    Action.ADOPT: "to adopt",
    Action.UPDATE: "to update",
    Action.ARCHIVE: "to archive",
    Action.MANUAL: "to do by hand",
    Action.BLOCKED: "blocked",
}


def _quiet(plan: Plan) -> str:
    """Stages with resources and no changes, by name, when others have some."""
    busy = {change.address.environment for change in changes(plan)}
    names = {change.address.environment for change in plan.changes}
    quiet = [stage.name for stage in plan.stages if stage.name in names - busy]
    return f" ({', '.join(quiet)}: no changes)" if quiet and busy else ""
