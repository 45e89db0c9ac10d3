"""A plan as its reviewer reads it: what changes first, what needs an action, and what is fine as a count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.model import codec
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.plan import Plan, Stage
from reconciler.views import review, settings
from reconciler.views.paper import Paper, columns, plural
from reconciler.views.plans import causes, folded, verdict
from reconciler.views.plans.causes import Group, Told, Unread
from reconciler.views.printable import Printable

if TYPE_CHECKING:
    from reconciler.model.answers.proof import Proof  # plans without --prove have none

_SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.ADOPT: "~",
    Action.ARCHIVE: "-",
    Action.RELEASED: "-",
    Action.BLOCKED: "!",
    Action.MANUAL: "!",
}


def text(
    plan: Plan, paper: Paper, *, next_command: str | None = "reconciler apply", proof: Proof | None = None
) -> Printable:
    """`next_command` is the last line; None inside apply, which is that command. `proof` are handshakes beside it."""
    lost = causes.unread(plan)
    lines = [*review.lines(plan.review, paper)]
    below = together(lost)
    told = verdict.by_stage(one for one in verdict.changes(plan) if not below or one.address not in below)
    warned = verdict.by_stage(verdict.warned_in_sync(plan))
    for stage in plan.stages:
        lines += _stage(stage, told.get(stage.name, []), warned.get(stage.name, []), paper, plan.created_at)
    for one in shared(lost):
        lines += [*folded.unread(one, paper), ""]
    for same in causes.findings(beside(plan, lost)):
        lines += _beside(same, paper)
    if lines and lines[-1]:
        lines.append("")
    lines += proven(proof, paper)
    lines += _opened(plan)
    lines += _summary(plan, paper, next_command)
    return paper.finish(lines)


def proven(proof: Proof | None, paper: Paper) -> list[str]:
    """What the relays said, as `verify` shows it; nothing where none was asked."""
    if proof is None:
        return []
    from reconciler.views.handshakes import text as handshakes  # no plan without --prove needs it

    told = handshakes.lines(proof.handshakes, paper, declared=proof.declared)
    return [
        paper.paint("handshakes", "bold"),
        *(told or ["  none: nothing is written that sends mail through a relay"]),
        "",
    ]


def _opened(plan: Plan) -> list[str]:
    if not plan.zones:
        return []
    from reconciler.views.plans import zones  # most plans are about one network

    return [*zones.lines(plan.zones), ""]


def document(plan: Plan) -> codec.Json:
    """What is saved too; schemas/plan.schema.json."""
    return codec.plan(plan)


def parts(plan: Plan, *, proof: Proof | None = None) -> codec.Json:
    """The same, with an iterator for its changes, and with the handshakes beside them."""
    if proof is None:
        return codec.plan_parts(plan)
    from reconciler.model.runs import codec as runs

    return {**codec.plan_parts(plan), "handshakes": runs.handshakes(proof.handshakes, proof.declared, proof.users)}


def shared(lost: Sequence[Unread]) -> list[Unread]:
    """What several targets could not be read for: told once, and not with each."""
    return [one for one in lost if len(one.targets) > 1]


def together(lost: Sequence[Unread]) -> frozenset[Address]:
    return frozenset(change.address for one in shared(lost) for change in one.changes)


def beside(plan: Plan, lost: Sequence[Unread]) -> Iterator[tuple[str, Finding]]:
    """What is about no single change and not told with others, each with whom it is about."""
    known = {causes.said(one.finding) for one in shared(lost)}
    for finding in plan.findings:
        if finding.severity is not Severity.ERROR or causes.said(finding) not in known:
            yield str(finding.address or finding.where or ""), finding


def _stage(stage: Stage, mine: Sequence[Change], warned: Sequence[Change], paper: Paper, plan_at: str) -> Iterator[str]:
    if not mine and not warned:
        return
    protected = ", protected" if stage.protected else ""
    yield paper.paint(f"{stage.name} (order {stage.order}{protected})", "bold")
    yield ""
    released = [change for change in mine if change.action is Action.RELEASED]
    if len(released) > causes.FEW:
        mine = [change for change in mine if change.action is not Action.RELEASED]
    for same, group in groupby(causes.grouped(mine), key=_unreadable_unit):
        several = list(group)
        if same:
            yield from _not_readable([change for change in several if isinstance(change, Change)], paper)
            yield ""
            continue
        for one in several:
            yield from _change(one, paper, plan_at) if isinstance(one, Change) else _group(one, paper)
            yield ""
    if len(released) > causes.FEW:
        yield from _released(released, paper)
        yield ""
    yield from _in_sync(warned, paper)


def _group(group: Group, paper: Paper) -> Iterator[str]:
    where = f"{group.origin.position.file}:{group.origin.position.line}"
    yield _head(_SIGNS[group.action], folded.headline(group), where, paper)
    yield from folded.lines(group, paper, causes.findings(_told_of(group.changes)))


def _told_of(several: Iterable[Change]) -> Iterator[tuple[str, Finding]]:
    return ((str(one.address), finding) for one in several for finding in (*one.risks, *one.findings))


def _released(several: Sequence[Change], paper: Paper) -> Iterator[str]:
    yield _head("-", f"released, {plural(len(several), 'resource')}", "", paper)
    for kind, names in folded.kinds(several):
        yield paper.paint(f"      {kind}: {names}", "dim")
    for told in causes.findings(_told_of(several)):
        yield from folded.finding(told.finding, paper, "      ", many=f" ({plural(len(told.of), 'resource')})")


def _in_sync(warned: Sequence[Change], paper: Paper) -> Iterator[str]:
    """What is warned of there; of many resources once for each warning."""
    if len(warned) <= causes.FEW:
        for change in warned:
            yield f"  = {paper.paint(str(change.address), 'bold')}   in sync"
            for finding in verdict.warnings(change):
                yield from folded.finding(finding, paper, "      ")
            yield ""
        return
    yield f"  = {paper.paint(plural(len(warned), 'resource'), 'bold')}   in sync"
    for told in causes.findings((change.address.target, one) for change in warned for one in verdict.warnings(change)):
        yield from folded.finding(told.finding, paper, "      ", many=f" ({folded.some(told.of)})")
    yield ""


def _unreadable_unit(one: Change | Group) -> tuple[str, str] | None:
    """What is not readable for one reason is told once."""
    return unreadable_unit(one) if isinstance(one, Change) else None


def unreadable_unit(change: Change) -> tuple[str, str] | None:
    return (change.address.unit, causes.reason(change).what) if change.unreadable else None


def _not_readable(group: Sequence[Change], paper: Paper) -> Iterator[str]:
    finding = causes.reason(group[0])
    name = str(group[0].address) if len(group) == 1 else f"{group[0].address.unit} ({len(group)} resources)"
    yield f"  {paper.paint('?', '?')} {name}: not readable. {finding.what}"
    yield from folded.reason(finding, "      ")


def _head(sign: str, head: str, where: str, paper: Paper) -> str:
    gap = max(2, min(paper.width, 100) - 4 - len(head) - len(where))
    return f"  {paper.paint(sign, sign)} {paper.paint(head, 'bold')}{' ' * gap}{where}".rstrip()


def _change(change: Change, paper: Paper, plan_at: str) -> Iterator[str]:
    where = f"{change.position.file}:{change.position.line}" if change.position else ""
    head = f"{change.action} {change.address}" if change.action is not Action.UPDATE else str(change.address)
    if change.action is Action.CREATE:
        head = str(change.address)
    if change.moved_from:
        head += f" (was {change.moved_from.resource})"
    yield _head(_SIGNS[change.action], head, where, paper)
    new = change.action is Action.CREATE or any(one.holds is Holds.UNTIL_REVIEWED for one in change.findings)
    rows = [
        settings.row(field, settings.planned(field, new=new), change.position)
        for field in sorted(change.fields, key=lambda field: settings.rank(field.field))
    ]
    yield from columns(rows, paper, "      ")
    if change.unchanged and change.fields and change.writes and not new:
        yield paper.paint(f"      {plural(change.unchanged, 'setting')} unchanged", "dim")
    if change.action is Action.ADOPT and not change.fields:
        match = "setting already matches" if change.unchanged == 1 else "settings already match"
        yield paper.paint(f"      takes over: {change.unchanged} {match}", "dim")
    if change.guided and change.differs:
        yield f"      {by_hand(change, plan_at)}"
    for finding in (*change.risks, *change.findings):
        yield from folded.finding(finding, paper, "      ")


def by_hand(change: Change, at: str) -> str:
    """Of a guided change: who attested the resource last, told at a time (RFC 3339, UTC)."""
    if change.attested is None:
        return "by hand, with a work order; never attested"
    return f"by hand, with a work order; attested {ago(change.attested.at, at)} by {change.attested.by}"


def ago(then: str, now: str) -> str:
    """In whole days; both are RFC 3339, UTC."""
    days = (date.fromisoformat(now[:10]) - date.fromisoformat(then[:10])).days
    return "today" if days <= 0 else f"{plural(days, 'day')} ago"


def _beside(told: Told, paper: Paper) -> Iterator[str]:
    """What is about no single change."""
    finding = told.finding
    about = folded.some(told.of)
    if finding.severity is not Severity.ERROR:
        place = finding.where if finding.where and len(told.of) == 1 else about
        yield from folded.finding(finding, paper, "", about=f"{place}: ")
        return
    yield f"{paper.paint('?', '?')} {about}: not readable. {finding.what}"
    yield from folded.reason(finding, "    ")


def _summary(plan: Plan, paper: Paper, next_command: str | None) -> list[str]:
    lines = [paper.paint(verdict.sentence(plan), "bold")]
    if said := verdict.next_command(plan, next_command):
        lines.append(f"Apply with: {said}")
    return lines
