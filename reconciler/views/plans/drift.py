"""What differs between git and the platforms, and who moved."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.plan import Plan
from reconciler.views import settings
from reconciler.views.paper import Paper, Row, columns, plural
from reconciler.views.plans import causes, folded
from reconciler.views.plans.causes import Group, Told, reason
from reconciler.views.plans.text import ago, beside, proven, shared, together, unreadable_unit
from reconciler.views.plans.verdict import warned_in_sync, warnings
from reconciler.views.printable import Printable

if TYPE_CHECKING:
    from reconciler.model.answers.proof import Proof  # plans without --prove have none

_UNUSED = (Holds.UNTIL_USED, Holds.AS_DRIFT)
_HEADLINES = {
    Cause.GIT: "git is ahead: declared, not applied yet",
    Cause.PLATFORM: "changed on the platform",
    Cause.BOTH: "changed in git and on the platform",
    Cause.UNKNOWN: "differs; never applied by reconciler",
}


def text(plan: Plan, paper: Paper, *, proof: Proof | None = None) -> Printable:
    """`proof` are handshakes beside it."""
    lines: list[str] = []
    lost = causes.unread(plan)
    below = together(lost)
    told = [one for one in plan.changes if one.differs or one.only_unknown or one.unreadable]
    told = [one for one in told if one.address not in below] if below else told
    for same, found in groupby(causes.grouped(told, also=who), key=_unreadable_unit):
        several = list(found)
        for one in several[:1] if same else several:
            if isinstance(one, Group):
                lines += [*_group(one, paper), ""]
                continue
            many = f"{one.address.unit} ({len(several)} resources)" if same and several[1:] else str(one.address)
            lines += [*_change(one, many, paper, plan.created_at), ""]
    for reasons in shared(lost):
        lines += [*(f"  {line}" for line in folded.unread(reasons, paper)), ""]
    lines += [line for same in causes.findings(not_in_use(plan)) for line in _beside(same, paper)]
    for address, finding in beside(plan, lost):
        if finding.severity is Severity.ERROR:
            lines += [f"  {paper.paint('?', '?')} {address}   not readable: {finding.what}"]
            lines += [f"          fix: {finding.fix}", ""] if finding.fix else [""]
    return paper.finish([*lines, *proven(proof, paper), paper.paint(sentence(plan), "bold")])


def _unreadable_unit(one: Change | Group) -> tuple[str, str] | None:
    return unreadable_unit(one) if isinstance(one, Change) else None


def _group(group: Group, paper: Paper) -> Iterator[str]:
    """What moved alike, and who moved it."""
    sign, told = who(group.changes[0])
    yield f"  {paper.paint(sign, sign)} {paper.paint(folded.headline(group), 'bold')}   {told}"
    yield from columns(folded.rows(group, moved_alike), paper, "      ")
    for kind, names in folded.kinds(group.changes):
        yield paper.paint(f"      {kind}: {names}", "dim")


def moved_alike(field: FieldChange) -> str:
    return moved(field, mixed=False)


def not_in_use(plan: Plan) -> Iterator[tuple[str, Finding]]:
    """Of a platform whose settings are in sync, and not what it goes by; and what is warned of beside."""
    told = (*plan.findings, *(finding for change in plan.changes for finding in change.findings))
    unused = (finding for finding in told if finding.holds in _UNUSED)
    yield from ((finding.address or "", finding) for finding in (*unused, *_warned(plan)))


def _warned(plan: Plan) -> list[Finding]:
    """Of what is in sync; what a plan warns of with a change is told there."""
    found = (finding for change in warned_in_sync(plan) for finding in warnings(change))
    return [finding for finding in found if finding.holds not in _UNUSED]


def _beside(told: Told, paper: Paper) -> Iterator[str]:
    finding, about = told.finding, folded.some(told.of)
    if finding.accepted:
        until = f"accepted until {finding.accepted.until}: {finding.accepted.reason}"
        yield from (f"    {about}   {finding.rule}: {finding.what} ({until})", "")
        return
    yield f"  {paper.paint('!', '!')} {about}   {finding.rule}: {finding.what}"
    if finding.fix:
        yield f"          fix: {finding.fix}"
    yield ""


def cause(change: Change) -> Cause:
    """Of a whole resource: what all its settings agree on, else both."""
    causes = {field.cause for field in change.fields if field.kind is not FieldKind.UNKNOWN}
    if not causes:
        return Cause.GIT if change.action in (Action.CREATE, Action.ARCHIVE) else Cause.UNKNOWN
    return next(iter(causes)) if len(causes) == 1 else Cause.BOTH


def _change(change: Change, name: str, paper: Paper, at: str) -> Iterator[str]:
    sign, told = headline(change, at)
    yield f"  {paper.paint(sign, sign)} {paper.paint(name, 'bold')}   {told}"
    both = mixed(change)
    rows = [] if change.action is Action.CREATE else [_row(field, mixed=both) for field in ordered(change)]
    yield from columns(rows, paper, "      ")
    for finding in change.findings:
        left_to_do = change.action is Action.MANUAL and finding.holds is Holds.UNTIL_DONE_BY_HAND
        if finding.severity is not Severity.ERROR and not left_to_do:
            continue  # what the plan warns of is no drift
        if not change.unreadable:
            yield f"      ! {finding.rule}: {finding.what}"
        if finding.fix:
            yield f"          fix: {finding.fix}"


def headline(change: Change, at: str) -> tuple[str, str]:
    """A sign, and who moved; `at` is when the plan was made (RFC 3339, UTC)."""
    return _guided(change, at) if change.guided and not change.unreadable else who(change)


def mixed(change: Change) -> bool:
    """Git moved some of it, and the platform other settings."""
    return cause(change) is Cause.BOTH


def ordered(change: Change) -> list[FieldChange]:
    return sorted(change.fields, key=lambda field: settings.rank(field.field))


def _guided(change: Change, at: str) -> tuple[str, str]:
    """Of what a person carries out: nobody has read it, so nothing is said of who moved."""
    if change.attested is None:
        return "~", "never attested: apply prints a work order"
    told = f"attested {ago(change.attested.at, at)} by {change.attested.by}"
    if change.action is Action.MANUAL:
        return "!", f"{told}: attest again"
    return ("!", "blocked") if change.action is Action.BLOCKED else ("~", f"{told}; changed in git: apply, then attest")


def who(change: Change) -> tuple[str, str]:
    if change.unreadable:
        return "?", f"not readable. {reason(change).what}"
    if change.action is Action.BLOCKED:
        return "!", "blocked"
    if change.action is Action.MANUAL:
        return "!", "as declared; to be finished by hand"
    if change.only_unknown:
        return "!", "its secret was not yet set by reconciler; not counted as drift"
    if change.action is Action.CREATE:
        gone = change.applied_run is not None
        return "+", "is gone from the platform" if gone else "declared, and not on the platform"
    if change.action is Action.ARCHIVE:
        return "-", "on the platform with our mark, no longer declared"
    if change.action is Action.ADOPT:
        return "~", "on the platform under this name, not ours yet"
    since = f" since run {change.applied_run} ({(change.applied_at or '')[:10]})" if change.applied_run else ""
    return "~", _moved_by(change) + (since if cause(change) in (Cause.PLATFORM, Cause.BOTH) else "")


def _moved_by(change: Change) -> str:
    again = all(field.kind is FieldKind.AGAIN for field in change.fields)
    return "as declared, and never proven" if change.fields and again else _HEADLINES[cause(change)]


def _row(field: FieldChange, *, mixed: bool) -> Row:
    told = settings.row(field, moved(field, mixed=mixed), None)
    return told._replace(place=f"declared {told.near}") if told.near else told


def moved(field: FieldChange, *, mixed: bool) -> str:
    """What happened, in its order: declared → live when the platform moved, live → declared when git did."""
    if field.sensitive and field.cause is Cause.PLATFORM:
        told = (
            "the platform holds another value" if field.compared else "cannot be read back"
        )  # it tells when, not what
        return f"{field.version or 'no version'} ({told})"
    if field.sensitive:
        return settings.planned(field, new=False)
    if field.kind in (FieldKind.UNKNOWN, FieldKind.AGAIN):
        return settings.planned(field, new=False)
    before, after = settings.value(field.before), settings.value(field.after)
    if field.cause is Cause.PLATFORM:
        return f"{after} → {before}{', on the platform' if mixed else ''}"
    if field.cause is Cause.GIT:
        return f"{before} → {after}{', in git' if mixed else ''}"
    return f"declared {after}, the platform has {before}"


def new_warnings(plan: Plan) -> list[Finding]:
    """What is warned of, and nobody lives with. Strangers in the way count as such."""
    return [one for _, one in not_in_use(plan) if one.warns and one.holds is not Holds.AS_DRIFT]


def _warnings(plan: Plan) -> list[str]:
    known = sum(one.severity is Severity.WARNING and one.accepted is not None for _, one in not_in_use(plan))
    counts = ((len(new_warnings(plan)), ""), (known, " accepted"))
    return [f"{plural(count, 'warning')}{end}" for count, end in counts if count]


def sentence(plan: Plan) -> str:
    """The last line."""
    differing = [change for change in plan.changes if change.differs and not change.unreadable]
    to_attest = sum(change.guided for change in differing)
    drifted = len(differing) - to_attest
    unread = sum(change.unreadable for change in plan.changes)
    lost = unread + len(plan.unread)
    total = len([change for change in plan.changes if change.action is not Action.RELEASED])
    never = sum(change.only_unknown for change in plan.changes)
    attested = sum(change.guided and change.action is Action.NONE for change in plan.changes)
    sync = total - len(differing) - unread - never - attested
    said = [f"{attested} attested"] if attested else []
    said += _warnings(plan)
    strangers = len(plan.undeclared)
    if not differing and not lost and not never and not strangers:
        fine = ", ".join([f"{plural(sync, 'resource')} in sync", *said])
        return f"No drift. {fine}."
    if plan.nothing_read:  # then nobody knows whether anything moved
        return f"Cannot tell what drifted: {lost} not readable."
    parts = [f"{drifted} of {plural(total, 'resource')} drifted"]
    parts += [f"{plural(strangers, 'stranger')} in the way"] if strangers else []
    parts += [f"{to_attest} to attest"] if to_attest else []
    parts += [f"{lost} not readable"] if lost else []
    parts += [f"{never} never applied"] if never else []
    return ", ".join([*parts, *said, f"{sync} in sync"]) + "."
