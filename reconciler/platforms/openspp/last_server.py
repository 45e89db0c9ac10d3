"""The last active mail server stays in use: which changes of a plan would take it out of use. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Present, Reading

OTHERS = "other_active_servers"  # in `Present.beside`: those for everybody
WHAT = "this is the last active mail server"
WHY = "without one, Odoo sends through smtp_server of odoo.conf (localhost:25 unless set)"
FIX = "declare another one first; to stop all mail, declare one whose host does not exist"


def findings(changes: Sequence[Change], reading: Reading) -> Iterator[Finding]:
    """An error for each of these changes of mail servers, in their order, after which none would be in use.

    What comes into use is written before anything of the same target goes (pipeline.write.target).
    """
    servers = by_id(reading)
    added = Counter(change.address.unit for change in changes if comes(change))
    gone = 0
    for change in changes:
        live = servers.get(change.id) if goes(change) else None
        others = live.beside.get(OTHERS) if live and not live.archived else None
        if not isinstance(others, int):
            continue
        if others + added[change.address.unit] - gone > 0:
            gone += 1
            continue
        yield Finding(
            severity=Severity.ERROR,
            rule="last-active-server",
            holds=Holds.UNTIL_DECIDED,
            what=WHAT,
            why=WHY,
            fix=FIX,
            address=str(change.address),
            field=None if change.action is Action.ARCHIVE else "active",
        )


def by_id(reading: Reading) -> Mapping[int | str | None, Present]:
    ours = {live.id: live for live in reading.resources.values() if isinstance(live, Present) and OTHERS in live.beside}
    return {**ours, **{one.id: one.live for one in reading.strangers}}


def comes(change: Change) -> bool:
    after = {one.field: one.after for one in change.fields}
    return after.get("active", change.action is Action.CREATE) is True


def goes(change: Change) -> bool:
    return change.action is Action.ARCHIVE or any(one.field == "active" and one.after is False for one in change.fields)
