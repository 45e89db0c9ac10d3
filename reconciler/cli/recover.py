"""`reconciler recover`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import console, context, interrupt, job, options
from reconciler.errors import ExitCode
from reconciler.pipeline import selection
from reconciler.pipeline.apply import recover
from reconciler.pipeline.review import pull_request


@click.command("recover")
@options.root
@options.select
@options.form("recover")
def command(*, root: Path, select: tuple[str, ...], form: str) -> int:
    """Settle what runs that were cut off left: remember what took effect, take back what is half written.

    apply does the same first, but leaves what is half written to its plan. With --select, a target is looked at also
    where no run is known to have been cut off, as after the state was lost.

    \b
    Examples:
      reconciler recover
      reconciler recover --select prod/relay
    """
    pull_request.refuse("recover")
    land, _ = context.landscape(root)
    context.check_state(land)
    units = [target.unit for target in land.targets]
    selection.check(select, units)
    chosen = [unit for unit in units if select and selection.matches(unit, select)]
    with context.means(land, root, writes=True) as means, interrupt.graceful() as stopped:
        found = recover.alone(job.of(land, means, stopped=stopped.is_set), chosen)
        console.show("recover", form, found)
    return ExitCode.INCOMPLETE if any(one.error for one in found) else ExitCode.DONE
