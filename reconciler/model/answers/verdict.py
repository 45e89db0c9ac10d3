"""What a relay in a zone looks like from outside that zone."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.handshake import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of a handshake without a login, as far as TLS; `summary` is what it proved, or else why it proved nothing."""

    status: Status
    summary: str
