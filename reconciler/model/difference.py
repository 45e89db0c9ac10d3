"""What moved between two plans, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """Of a change that is in both plans; `RESOURCE` and `SETTING` are in one of them only."""

    RESOURCE = "resource"
    SETTING = "setting"  # one of the two writes it, the other has nothing to write
    ACTION = "action"
    ID = "id"
    MOVED_FROM = "moved from"
    LIVE = "on the platform"
    DECLARED = "declared"
    VERSION = "version"  # of a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One thing that is not as it was. None on one side: it was not there, or is there no more."""

    address: str
    part: Part
    setting: str | None = None
    before: str | None = None
    after: str | None = None

    @property
    def told(self) -> str:
        """Without the address."""
        if self.part is Part.RESOURCE:
            return "not in the earlier plan" if self.before is None else "no longer part of the plan"
        if self.part is Part.SETTING:
            return f"{self.setting}: {'has to change too' if self.before is None else 'nothing to change any more'}"
        about = f"{self.setting}: {self.part}" if self.setting else f"{self.part}:"
        return f"{about} {self.after or 'nothing'}, was {self.before or 'nothing'}"
