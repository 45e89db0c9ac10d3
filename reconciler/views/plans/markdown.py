"""A plan as Markdown, for a comment on a pull request or the summary of a CI job, within the bytes that fit there.

The verdict, then what is to be decided and what has one cause, then details while there is room, then what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from reconciler.model.change import Action, Change
from reconciler.model.difference import Since
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan, Stage
from reconciler.model.source import Position
from reconciler.views import review
from reconciler.views.markdown import code, fenced, prose, table
from reconciler.views.paper import plural
from reconciler.views.plans import causes, details, difference, folded, header, verdict
from reconciler.views.plans.causes import Group, Told, Unread
from reconciler.views.plans.page import LIMIT, Block, Link, Page, Room, nowhere, size

if TYPE_CHECKING:
    from reconciler.model.answers.proof import Proof  # plans without --prove have none

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
END = 400  # bytes for what is said of that which did not fit
_STAGES = 30  # that have a row
_SHORT = "This plan has more to say than fits here: see the output of the job."


def text(  # each is named, and all but the first may be left out
    plan: Plan,
    *,
    next_command: str | None,
    limit: int = LIMIT,
    link: Link = nowhere,
    since: Since | None = None,
    proof: Proof | None = None,
) -> str:
    """`next_command` is what applies the plan; None where it is not to be applied from here.

    `limit` is in bytes, `link` gives the address of a place in the files, `since` is what an earlier plan had, `proof`
    are handshakes beside it.
    """
    page = Page(limit=limit, link=link)
    head = [[header.written(plan)], [f"**{prose(verdict.sentence(plan))}**"], [origin(plan)]]
    head += [review.markdown(plan.review), difference.since(since), _stages(plan)]
    said = verdict.next_command(plan, next_command)
    foot = ["Apply with:", "", *fenced(said)] if said else []
    room = Room(left=page.limit - sum(size(block) + 2 for block in [*head, foot]) - END)
    if room.left < 0:
        return joined([head[0], [f"**{_SHORT}**"]])
    told = verdict.by_stage(change for change in verdict.changes(plan) if not change.unreadable)
    groups = [one for stage in plan.stages for one in causes.grouped(told.get(stage.name, ()))]
    above = room.half()
    top = _top(plan, groups, page, above)
    room.give_back(above)
    handshakes = proven(proof, page, asked := room.half())
    room.give_back(asked)
    opened = _opened(plan, room)
    shown = room.fill(groups, partial(details.fold, page=page))
    shown += room.fill([_notes(plan)], list)
    if above.missing and not room.missing:  # the details have not needed their half
        above = Room(left=size(_lines(top)) + 2 + room.left)
        top = _top(plan, groups, page, above)
    ends = _missing(above.missing + asked.missing, room.missing)
    return joined([*head, *top, *handshakes, opened, *shown, ends, foot])


def proven(proof: Proof | None, page: Page, room: Room) -> list[Block]:
    """What the relays said; nothing where none was asked."""
    if proof is None or not proof.handshakes:
        return []
    from reconciler.views.handshakes import markdown as handshakes  # no plan without --prove needs it

    return handshakes.lines(proof.handshakes, page, room, declared=proof.declared)


def _opened(plan: Plan, room: Room) -> Block:
    if not plan.zones:
        return []
    from reconciler.views.plans import zones  # most plans are about one network

    return _lines(room.fill(plan.zones, lambda one: [zones.markdown(one)], between=1))


def _top(plan: Plan, groups: Sequence[Change | Group], page: Page, room: Room) -> list[Block]:
    """What is to be decided, and what has one cause."""
    decide = room.fill(list(_to_decide(plan, page)), alone, between=1)
    room.left -= size(details.HEAD) + 4
    several = [one for one in groups if isinstance(one, Group)]
    moved = room.fill(several, lambda group: [details.row(group, page)], between=1)
    return [_lines(decide), [*details.HEAD, *_lines(moved)] if moved else []]


def alone(line: str) -> Block:
    return [line]


def joined(blocks: Iterable[Block]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _lines(blocks: Iterable[Block]) -> list[str]:
    return [line for block in blocks for line in block]


def _missing(above: int, below: int) -> list[str]:
    """What did not fit, so that nobody takes this for all of it."""
    said = [plural(above, "more finding or cause", "more findings or causes")] if above else []
    said += [plural(below, "change, setting by setting", "changes, setting by setting")] if below else []
    return [left_out(said)] if said else []


def left_out(said: Sequence[str]) -> str:
    return f"Not shown, for want of room: {' and '.join(said)}. The output of the job and the saved plan have them all."


def origin(plan: Plan) -> str:
    read = f"Read at {code(plan.created_at)}"
    if plan.git is None:
        return f"{read}."
    return f"{read}, declared in commit {code(plan.git.commit[:12])}{' and local edits' if plan.git.dirty else ''}."


def _stages(plan: Plan) -> list[str]:
    counts = _counts(plan)
    there = [stage for stage in plan.stages if counts.get(stage.name)]
    shown = [name for name in (*_COLUMNS.values(), _UNREADABLE) if any(counts[stage.name][name] for stage in there)]
    rows = [[_stage(stage), *(str(counts[stage.name][name] or "") for name in shown)] for stage in there[:_STAGES]]
    more = len(there) - _STAGES
    lines = table(["environment", *shown], rows, numbers=True) if rows else []
    return [*lines, "", f"And {plural(more, 'environment')} more."] if more > 0 else lines


def _counts(plan: Plan) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for change in plan.changes:
        name = _UNREADABLE if change.unreadable else _COLUMNS[change.action]
        found.setdefault(change.address.environment, Counter())[name] += 1
    return found


def _stage(stage: Stage) -> str:
    return f"**{code(stage.name)}** (protected)" if stage.protected else code(stage.name)


def _to_decide(plan: Plan, page: Page) -> Iterator[str]:
    """What could not be read, once for each reason; risks; warnings."""
    yield from map(not_readable, causes.unread(plan))
    told = [(change, finding) for change in plan.changes for finding in (*change.risks, *change.findings)]
    pairs = [(str(change.address), finding) for change, finding in told if not change.unreadable]
    places = {str(change.address): change.position for change, _ in told}
    pairs += [(finding.address or "", finding) for finding in plan.findings if finding.severity is not Severity.ERROR]
    found = causes.findings((about, finding) for about, finding in pairs if finding.severity in _FIRST)
    for severity in _FIRST:
        yield from (_finding(one, places, page) for one in found if one.finding.severity is severity)


def not_readable(one: Unread) -> str:
    if len(one.targets) == 1:
        name = str(one.changes[0].address) if one.resources == 1 and one.changes else one.targets[0]
        many = f" ({plural(one.resources, 'resource')})" if one.resources > 1 else ""
        return _item(f"{_UNREADABLE}: {code(name or 'a target')}{many}", one.finding)
    stages = folded.by_stage(one.targets)
    names = "; ".join(f"{code(stage)} ×{len(names)}: {_some(names)}" for stage, names in list(stages.items())[:4])
    more = f"; and {plural(len(stages) - 4, 'environment')} more" if len(stages) > 4 else ""
    return f"{_item(f'{len(one.targets)} targets {_UNREADABLE}', one.finding)}<br>{names}{more}"


def _some(names: Sequence[str]) -> str:
    once = list(dict.fromkeys(names))
    return ", ".join(map(code, once[:3])) + (f" and {len(once) - 3} more" if len(once) > 3 else "")


def _finding(told: Told, places: dict[str, Position | None], page: Page) -> str:
    finding, about = told.finding, told.of
    word = f"{finding.severity} (accepted until {finding.accepted.until})" if finding.accepted else finding.severity
    if len(about) > 1:
        return _item(f"{word}: {code(finding.rule)} in {len(about)} places: {_some(about)}", finding)
    where = finding.where or places.get(about[0] if about else "")
    names = [code(name) for name in about]
    names += [page.place(where)] if where else []
    return _item(f"{word}: {code(finding.rule)}{' at ' if names else ''}{', '.join(names)}", finding)


def _item(head: str, finding: Finding) -> str:
    """One item of a list, whose reason and way out stand on lines of their own."""
    more = [f"{word}: {prose(said)}" for word, said in (("why", finding.why), ("fix", finding.fix)) if said]
    return "<br>".join([f"- **{head}**: {prose(finding.what)}", *more])


def _notes(plan: Plan) -> list[str]:
    notes = dict.fromkeys(note.what for note in plan.findings if note.severity is Severity.NOTE)
    return [f"- {prose(what)}" for what in notes]
