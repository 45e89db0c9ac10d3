"""Drift as Markdown, for an issue or the summary of a job: what could not be read, and who moved what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.plan import Plan
from reconciler.views.markdown import code, prose
from reconciler.views.paper import plural
from reconciler.views.plans import causes, drift, folded, markdown
from reconciler.views.plans.causes import Group, Told
from reconciler.views.plans.page import LIMIT, Link, Page, Room, nowhere, size

if TYPE_CHECKING:
    from reconciler.model.answers.proof import Proof  # plans without --prove have none


def text(plan: Plan, *, limit: int = LIMIT, link: Link = nowhere, proof: Proof | None = None) -> str:
    """`limit` is in bytes, `link` gives the address of a place in the files; `proof` are handshakes beside it."""
    page = Page(limit=limit, link=link)
    head = [[f"**{drift.sentence(plan)}**"], [markdown.origin(plan)]]
    room = Room(left=page.limit - sum(size(block) + 2 for block in head) - markdown.END)
    shown = room.fill(items(plan, page), markdown.alone, between=1)
    proven = markdown.proven(proof, page, room)
    missing = [markdown.left_out([plural(room.missing, "more line", "more lines")])] if room.missing else []
    return markdown.joined([*head, [line for block in shown for line in block], *proven, missing])


def items(plan: Plan, page: Page) -> list[str]:
    """The lines of a list: what could not be read, what moved, and what is not in use."""
    moved = [one for one in plan.changes if (one.differs or one.only_unknown) and not one.unreadable]
    return [
        *(markdown.not_readable(one) for one in causes.unread(plan)),
        *(_item(one, page, plan.created_at) for one in causes.grouped(moved, also=drift.who)),
        *(_finding(one) for one in causes.findings(drift.not_in_use(plan))),
    ]


def _item(one: Change | Group, page: Page, at: str) -> str:
    first = one if isinstance(one, Change) else one.changes[0]
    head = code(str(one.address)) if isinstance(one, Change) else prose(folded.headline(one))
    _, who = drift.headline(first, at)
    told = [f"- **{head}**: {prose(who)}", *_moved(one, page)]
    return "<br>".join(told)


def _moved(one: Change | Group, page: Page) -> Iterator[str]:
    if isinstance(one, Group):
        for move in folded.moves(one):
            yield _field(move.one, folded.moved(move, one, drift.moved_alike), page)
        yield ", ".join(f"{prose(kind)} ×{count}" for kind, count in folded.platforms(one))
    elif one.action is not Action.CREATE:
        both = drift.mixed(one)
        yield from (_field(field, drift.moved(field, mixed=both), page) for field in drift.ordered(one))


def _field(field: FieldChange, told: str, page: Page) -> str:
    place = f", declared at {page.place(field.origin.position)}" if field.origin else ""
    return f"{code(field.field)} {prose(told)}{place}"


def _finding(told: Told) -> str:
    one = told.finding
    word = f"accepted until {one.accepted.until}" if one.accepted else str(one.severity)
    names = ", ".join(map(code, told.of[:3])) + (f" and {len(told.of) - 3} more" if len(told.of) > 3 else "")
    fix = f"<br>fix: {prose(one.fix)}" if one.fix and not one.accepted else ""
    return f"- **{prose(word)}: {code(one.rule)} at {names}**: {prose(one.what)}{fix}"
