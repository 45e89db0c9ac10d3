"""What somebody knows of and lives with, for a while. Apart from `finding`, which every start loads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Somebody knows of a warning, and lives with it until a day (YYYY-MM-DD, itself included)."""

    reason: str
    until: str
