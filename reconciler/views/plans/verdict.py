"""What a plan comes to, in a sentence, and what applies it. The same in every form."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan
from reconciler.views.paper import plural

_ORDER = (Action.CREATE, Action.ADOPT, Action.UPDATE, Action.ARCHIVE, Action.MANUAL, Action.BLOCKED)
_TO = {
    Action.CREATE: "to create",
    Action.ADOPT: "to adopt",
    Action.UPDATE: "to update",
    Action.ARCHIVE: "to archive",
    Action.MANUAL: "to do by hand",
    Action.BLOCKED: "blocked",
}


def sentence(plan: Plan) -> str:
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
    parts = [", ".join(doing) if doing else "No changes in what could be read" if lost else "No changes"]
    parts += [f"{lost} not readable"] if lost else []
    parts += [f"{counts[Action.RELEASED]} released"] if counts[Action.RELEASED] else []
    attested = sum(change.action is Action.NONE and change.guided for change in plan.changes)
    parts += [f"{attested} attested"] if attested else []
    parts += [f"{counts[Action.NONE] - attested} in sync{_quiet(plan)}"] if counts[Action.NONE] - attested else []
    told = sum(not finding.accepted for change in warned_in_sync(plan) for finding in warnings(change))
    parts += [plural(told, "warning")] if told else []
    found = risks(plan)
    tail = f" {plural(len(found), 'risk')}." if found else ""
    known = accepted(plan)
    tail += f" {plural(len(known), 'warning')} accepted." if known else ""
    return f"{'Plan: ' if doing else ''}{'; '.join(parts)}.{tail}"


def next_command(plan: Plan, command: str | None) -> str | None:
    """What applies it, with the risks to accept; None where there is nothing that could be applied."""
    if not (plan.applyable and command) or plan.nothing_read:
        return None
    return command + "".join(f" --allow {rule}" for rule in sorted({risk.rule for risk in risks(plan)}))


def changes(plan: Plan) -> tuple[Change, ...]:
    """Those worth a line."""
    return tuple(change for change in plan.changes if change.action is not Action.NONE)


def by_stage(several: Iterable[Change]) -> dict[str, list[Change]]:
    """In their order, by environment."""
    found: dict[str, list[Change]] = {}
    for change in several:
        found.setdefault(change.address.environment, []).append(change)
    return found


def risks(plan: Plan) -> tuple[Finding, ...]:
    return tuple(risk for change in plan.changes for risk in change.risks)


def accepted(plan: Plan) -> tuple[Finding, ...]:
    """Warnings that somebody lives with."""
    told = (*plan.findings, *(one for change in plan.changes for one in change.findings))
    return tuple(one for one in told if one.accepted)


def warnings(change: Change) -> tuple[Finding, ...]:
    return tuple(finding for finding in change.findings if finding.severity is Severity.WARNING)


def warned_in_sync(plan: Plan) -> tuple[Change, ...]:
    """Nothing differs, and all the same it does not do what is declared."""
    return tuple(change for change in plan.changes if change.action is Action.NONE and warnings(change))


def _quiet(plan: Plan) -> str:
    """Stages with resources and no changes, by name, when others have some."""
    busy = {change.address.environment for change in changes(plan)}
    names = {change.address.environment for change in plan.changes}
    quiet = [stage.name for stage in plan.stages if stage.name in names - busy]
    return f" ({', '.join(quiet)}: no changes)" if quiet and busy else ""
