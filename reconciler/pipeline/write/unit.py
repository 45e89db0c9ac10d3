"""The unit of work that writes: one installation, where its network is. Plain data in, plain data out."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.ports import Permit
from reconciler.model.work.writes import UnitWritten, WriteUnit, Written
from reconciler.pipeline.observe import targets
from reconciler.pipeline.write import target as of_target
from reconciler.secrets.stores import Secrets


def written(unit: WriteUnit, secrets: Secrets, permit: Permit) -> UnitWritten:
    """Its targets in order. Each may move the marks of the others, so all are read again."""
    found = [
        of_target.written(target, secrets, permit, patience=unit.patience, policy=unit.policy)
        if target.changes
        else Written(outcomes=(), after=None)
        for target in unit.targets
    ]
    if len(found) > 1 and any(one.after for one in found):
        again = [targets.reading(target.spec, secrets) for target in unit.targets]
        found = [
            one if reading.unreadable else replace(one, after=reading)
            for one, reading in zip(found, again, strict=True)
        ]
    return UnitWritten(installation=unit.installation, targets=tuple(found))
