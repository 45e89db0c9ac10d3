"""What a platform would refuse, asked before anything of a run is written: half of a run helps nobody."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding
from reconciler.model.landscape import TargetSpec
from reconciler.model.ports import Foreseeing
from reconciler.pipeline import guard
from reconciler.pipeline.apply.job import Job
from reconciler.pipeline.observe import targets


def refusals(changes: Sequence[Change], job: Job) -> Mapping[Address, Finding]:
    """Why, by change. What cannot be asked now is told where it is written, and not here."""
    writing: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.writes and change.action is not Action.ARCHIVE:
            writing.setdefault((change.address.unit, change.installation), []).append(change)
    found: dict[Address, Finding] = {}
    for spec in targets.specs(job.landscape, {unit for unit, _ in writing}):
        found |= _of(spec, writing.get((spec.unit, spec.installation), ()), job)
    return found


def _of(spec: TargetSpec, changes: Sequence[Change], job: Job) -> Mapping[Address, Finding]:
    try:
        opener = targets.opener(spec, job.secrets, spec.mail_secrets)
        writer = guard.platform(spec.kind).writer(spec.unit, spec.connection, opener)
        with contextlib.closing(writer):
            refused = writer.refused(changes) if isinstance(writer, Foreseeing) and changes else {}
    except ReconcilerError:
        return {}
    except Exception as error:  # noqa: BLE001  # the write will say so, too
        guard.as_finding(error, spec.unit)
        return {}
    return {address: guard.as_finding(error, str(address)) for address, error in refused.items()}
