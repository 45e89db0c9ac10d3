"""What a login of a run found, for those that come after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.handshake import CheckResult, Handshake, Relay


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The one AUTH of a user: who made it and saw what, what came of it (as the catalogue counts it), what it found
    for others. `earlier`: in an earlier stage of the same run."""

    by: Relay
    found: Handshake
    refused: CheckResult | None
    for_others: Mapping[Relay, Handshake]
    earlier: bool = False
