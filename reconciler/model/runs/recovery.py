"""What was found of a run that was cut off."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.finding import Finding


class Fate(StrEnum):
    """Completes "the change of prod/crm:settings that run 7 had begun …"."""

    TOOK_EFFECT = "took effect"
    NOT_WRITTEN = "was not written"
    HALF_WRITTEN = "was half written"
    TAKEN_BACK = "was half written, and is taken back"
    UNKNOWN = "may have been written"  # nobody can read it
    CLEANED = "left files behind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """`address` is a resource's, or a target's; `note` what more there is to say, `error` why it is not settled."""

    address: str
    run: str
    fate: Fate
    note: str | None = None
    error: Finding | None = None
