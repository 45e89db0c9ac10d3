"""What runs did, as the journal tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.change import FieldChange
from reconciler.model.runs.journal import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`ended` is None for one that goes on or was cut off and not settled yet; times are RFC 3339, UTC.

    `plan` is the digest of the plan that was carried out: SHA-256 of its JSON. `settled` says who dealt with what one
    that was cut off had left.
    """

    journal: str
    run: str
    owner: str
    at: str
    url: str | None = None
    commit: str | None = None
    plan: str | None = None
    rollback: str | None = None
    ended: str | None = None
    cut_off: bool = False
    settled: str | None = None
    complete: bool = False
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one run did at one address; `status` is None where nobody knows what became of it.

    `proof` is what showed it, `word` who said it where nobody could look.
    """

    run: Run
    address: str
    action: str
    fields: tuple[FieldChange, ...]
    status: str | None
    error: str | None = None
    proof: str | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`steps` are those at the addresses that were asked for; `verified` is None unless that was asked for."""

    runs: tuple[Run, ...]
    steps: tuple[Step, ...] = ()
    verified: tuple[Fault, ...] | None = None
