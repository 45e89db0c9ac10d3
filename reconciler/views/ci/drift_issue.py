"""The issue of a target that drifted. It says the same as long as the same differs: no time, and no other target."""

from __future__ import annotations

from reconciler.model.plan import Plan
from reconciler.views.markdown import code
from reconciler.views.paper import plural
from reconciler.views.plans import drift, drift_markdown, markdown
from reconciler.views.plans.page import LIMIT, Link, Page, Room, nowhere, size
from reconciler.views.printable import visible

_FOOT = (
    f"{code('reconciler apply')} puts back what was changed on the platform; to keep it, write it into git. "
    "This issue is kept up to date in place, and closed when the target is as declared again."
)


def title(unit: str) -> str:
    return f"Mail settings of {visible(unit)} differ from git"


def text(plan: Plan, unit: str, mark: str, *, limit: int = LIMIT, link: Link = nowhere) -> str:
    """`plan` is that of the target alone, `mark` the line by which its issue is found again. `limit` is in bytes."""
    head = [[mark], [f"**{code(unit)}: {drift.sentence(plan)}**"]]
    room = Room(left=limit - sum(size(block) + 2 for block in [*head, [_FOOT]]) - markdown.END)
    shown = room.fill(drift_markdown.items(plan, Page(limit=limit, link=link)), markdown.alone, between=1)
    missing = [f"Not shown, for want of room: {plural(room.missing, 'more line')}."] if room.missing else []
    return markdown.joined([*head, [line for block in shown for line in block], missing, [_FOOT]])
