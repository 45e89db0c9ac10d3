"""What moved between two plans, as data; and what of a change counts for that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconciler.model import codec
from reconciler.model.change import Action, Change
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Value


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
    SOMETHING = "something"  # only a digest of the earlier plan is known


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
        if self.part is Part.SOMETHING:
            return "not planned as before"
        if self.part is Part.SETTING:
            return f"{self.setting}: {'has to change too' if self.before is None else 'nothing to change any more'}"
        about = f"{self.setting}: {self.part}" if self.setting else f"{self.part}:"
        return f"{about} {self.after or 'nothing'}, was {self.before or 'nothing'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """A plan beside an earlier one, which was made from `commit`; `same` counts the changes that are as they were."""

    commit: str | None
    moved: tuple[Moved, ...]
    same: int


def essence(change: Change) -> dict[str, Any]:
    """What the writer would act on, free of places and reasons. Lists as text: a setting is one value."""
    fields = {
        field.field: {"before": text(field.before), "after": text(field.after), "version": field.version}
        for field in change.fields
    }
    return {
        str(Part.ACTION): str(change.action),
        str(Part.ID): change.id,
        str(Part.MOVED_FROM): change.moved_from and str(change.moved_from.resource),
        "fields": fields,
    }


def text(value: Value) -> object:
    """Told apart as `plan` does, and comparable: true is not 1, a reference is told by its name and version."""
    if isinstance(value, SecretRef):
        return f"{value}{f' version {value.version}' if value.version else ''}"
    return json.dumps(codec.value(value), ensure_ascii=False) if isinstance(value, bool | tuple) else value


def fingerprints(changes: Iterable[Change]) -> dict[str, str]:
    """By address, of what is to be done: eight hexadecimal digits, the same as long as nothing of it moves."""
    return {str(one.address): _digest(essence(one))[:8] for one in changes if one.action is not Action.NONE}


def fingerprint(found: dict[str, str]) -> str:
    """Of a whole plan."""
    return _digest(found)[:12]


def _digest(plain: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
