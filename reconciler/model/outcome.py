"""What became of each change; a status completes "prod/openspp:mail_servers[main] was …"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.address import Address
from reconciler.model.attestation import WorkOrder
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake


class OutcomeStatus(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    ADOPTED = "adopted"
    ARCHIVED = "archived"
    PENDING = "pending"  # written, and the platform does not use it yet
    PENDING_BY_HAND = "pending by hand"  # written, and a person brings it into use when it suits
    RELEASED = "released"
    UNCHANGED = "unchanged"  # it had become as planned before we wrote
    SKIPPED = "skipped"  # paused, or not ours to write
    STALE = "stale"  # the platform moved since the plan: not written
    RESTORED = "restored"  # written, found wrong, and as it was before again
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"
    HANDED_OVER = "handed over"  # a person has a work order, and attests when it is done
    UNKNOWN = "unknown"  # interrupted while it was being written


WRITTEN = frozenset({OutcomeStatus.CREATED, OutcomeStatus.UPDATED, OutcomeStatus.ADOPTED, OutcomeStatus.ARCHIVED})
# Ended well, or was left alone on purpose; everything else makes an apply incomplete.
SETTLED = WRITTEN | {
    OutcomeStatus.PENDING_BY_HAND,
    OutcomeStatus.RELEASED,
    OutcomeStatus.UNCHANGED,
    OutcomeStatus.SKIPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One per change, also for those skipped. `fields` are the names that were written; `duration` is in seconds."""

    address: Address
    status: OutcomeStatus
    fields: tuple[str, ...] = ()
    handshake: Handshake | None = None
    test: Handshake | None = None
    error: Finding | None = None
    notes: tuple[str, ...] = ()
    duration: float = 0.0
    order: WorkOrder | None = None
