"""Answers of units that were not carried out, or of which nobody knows how far they got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Relay, Status
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Reading
from reconciler.model.work.writes import Written
from reconciler.pipeline.unfinished import effect

_CONNECTED = "SMTP100"  # the first check: nothing after it was tried


def failed(changes: Sequence[Change], why: Finding) -> Written:
    outcomes = (Outcome(address=one.address, status=OutcomeStatus.FAILED, error=why) for one in changes)
    return Written(outcomes=tuple(outcomes), after=None)


def unknown(changes: Sequence[Change], why: Finding, now: Reading) -> Written:
    """With what the console shows `now`, which may not be all: a secret cannot be read back."""
    outcomes = tuple(
        Outcome(
            address=one.address,
            status=OutcomeStatus.UNKNOWN,
            error=replace(why, what=f"{why.what}; {_shown(one, now)}", address=str(one.address)),
        )
        for one in changes
    )
    return Written(outcomes=outcomes, after=None if now.unreadable else now)


def unproven(relay: Relay, why: Finding) -> Handshake:
    """That of a relay which was not contacted."""
    check = CheckResult(id=_CONNECTED, status=CheckStatus.INCONCLUSIVE, reason=why.what, advice=why.fix)
    return Handshake(
        relay=relay.name,
        host=relay.host,
        port=relay.port,
        level=relay.level,
        status=Status.INCONCLUSIVE,
        steps=(),
        checks=(check,),
        summary=f"not contacted: {why.what}",
        via=relay.via,
        zone=relay.zone,
        reached=False,
        at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )


def _shown(change: Change, now: Reading) -> str:
    if now.unreadable:
        return f"what is there now cannot be read: {now.unreadable.what}"
    differs = effect.differences(change, now)
    shown = f"the platform shows: {'; '.join(differs)}" if differs else "the platform shows what was planned"
    secrets = [one.field for one in change.fields if isinstance(one.after, SecretRef)]
    return f"{shown}; whether {', '.join(secrets)} was written cannot be read" if secrets else shown
