"""The exit code of a result. How a run that has none ends: `endings`."""

from __future__ import annotations

from reconciler.errors import ExitCode
from reconciler.model.plan import Plan


def of_plan(made: Plan, *, detailed: bool) -> ExitCode:
    """With `detailed`, differences have a code of their own."""
    if not made.complete:
        return ExitCode.FAILED
    if detailed and any(change.differs for change in made.changes):
        return ExitCode.DIFFERENCES
    return ExitCode.DONE
