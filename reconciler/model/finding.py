"""One type for everything worth telling: validation, policy, safety, honesty."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.source import Position


class Severity(StrEnum):
    ERROR = "error"  # stops what it is about
    WARNING = "warning"  # needs somebody's attention
    RISK = "risk"  # apply asks for it by name: --allow <rule>
    NOTE = "note"  # good to know


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong or worth knowing, where, why, and how to fix it. Never holds a secret's value.

    `rule` is a stable id in kebab-case; `address` names an environment, target or resource; `field` a setting.
    """

    severity: Severity
    rule: str
    what: str
    why: str | None = None
    fix: str | None = None
    where: Position | None = None
    address: str | None = None
    field: str | None = None
