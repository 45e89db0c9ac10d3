"""A change that a run was about to write, as its journal has it."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.change import Change
from reconciler.model.settings import Applied, Live


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """With what was there before it; `journal` is of that run, `at` RFC 3339 in UTC."""

    journal: str
    run: str
    at: str
    change: Change
    before: Live
    applied: Applied | None
