"""The exit code of a result. How a run that has none ends: `endings`."""

from __future__ import annotations

from reconciler.errors import ExitCode
from reconciler.model.plan import Plan


def of_plan(made: Plan, *, detailed: bool) -> ExitCode:
    """With `detailed`, differences have a code of their own, and so has what apply would do beside them: write a secret
    whose state was lost, or forget what is no longer declared. A pipeline that applies on 2 would else never do it."""
    if not made.complete:
        return ExitCode.FAILED
    if detailed and (made.applyable or made.unfinished or any(change.differs for change in made.changes)):
        return ExitCode.DIFFERENCES
    return ExitCode.DONE


def of_drift(made: Plan) -> ExitCode:
    """What was never applied is told, and is no drift; an apply that did not end is, and a stranger that takes mail."""
    if not made.complete:
        return ExitCode.FAILED
    differs = made.unfinished or made.undeclared or any(change.differs for change in made.changes)
    return ExitCode.DIFFERENCES if differs else ExitCode.DONE
