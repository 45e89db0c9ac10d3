"""What the applications' mail clients would come to, as the last `verify` saw their relays: risks of what is written.

A plan contacts no relay. So this is known only where the JSON of a `verify` is given, and only of relays that are
declared as they were then.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reconciler.model.change import Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Plan
from reconciler.model.settings import Desired
from reconciler.pipeline.observe import verified
from reconciler.pipeline.observe.verified import Foreseen, Verified

RULE = "mail-client"


def told(plan: Plan, land: Landscape, file: Path) -> Plan:
    """The plan with these risks. `file` is what `verify --format json --out FILE` wrote. Raises UsageError."""
    known = verified.read(file)
    return replace(plan, changes=tuple(_risky(change, land, known) for change in plan.changes))


def _risky(change: Change, land: Landscape, known: Verified) -> Change:
    wanted = land.by_address.get(change.address) if change.writes else None
    found = known.of(wanted, land) if wanted else None
    if wanted is None or found is None or found.well:
        return change
    return replace(change, risks=(*change.risks, _risk(wanted, found)))


def _risk(wanted: Desired, found: Foreseen) -> Finding:
    shows = f"; {found.client} shows: {found.words}" if found.words else ""
    return Finding(
        severity=Severity.RISK,
        rule=RULE,
        address=str(wanted.address),
        field="host",
        where=wanted.place("host"),
        what=f"{found.client} {', '.join(found.outcome)}: {found.reason or 'see docs/clients.md'}",
        why=f"predicted from the handshake of {found.at}{shows}",
        fix=f"{found.advice or 'use another relay'}; or apply with --allow {RULE}",
    )
