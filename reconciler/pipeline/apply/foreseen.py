"""What a platform would refuse, asked before anything of a run is written: half of a run helps nobody."""

from __future__ import annotations

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
    writing = [change for change in changes if change.writes and change.action is not Action.ARCHIVE]
    found: dict[Address, Finding] = {}
    for spec in targets.specs(job.landscape, {change.address.unit for change in writing}):
        mine = [one for one in writing if (one.address.unit, one.installation) == (spec.unit, spec.installation)]
        found |= _of(spec, mine, job)
    return found


def _of(spec: TargetSpec, changes: Sequence[Change], job: Job) -> Mapping[Address, Finding]:
    try:
        opener = job.secrets.opener(spec.connection_secrets | spec.mail_secrets)
        writer = guard.platform(spec.kind).writer(spec.unit, spec.connection, opener)
        if not isinstance(writer, Foreseeing) or not changes:
            return {}
        refused = writer.refused(changes)
        writer.close()
    except ReconcilerError:
        return {}
    except Exception as error:  # noqa: BLE001  # the write will say so, too
        guard.as_finding(error, spec.unit)
        return {}
    return {address: guard.as_finding(error, str(address)) for address, error in refused.items()}
