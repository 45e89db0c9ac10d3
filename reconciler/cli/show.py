"""`reconciler show`"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reconciler.cli.shell import console, options
from reconciler.errors import ExitCode
from reconciler.pipeline.plan import difference
from reconciler.pipeline.plan import file as planfile


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--since", type=click.Path(path_type=Path), metavar="PLAN", help="Show what changed since this plan.")
@options.fit
@options.form("show")
def command(*, file: Path, since: Path | None, fit: str | None, form: str) -> int:
    """Show a saved plan. Needs neither the files nor the platforms.

    \b
    Examples:
      reconciler show plan.json
      reconciler show plan.json --format json
      reconciler show plan.json --since reviewed.json
    """
    plan = planfile.load(file)
    if since:
        console.show("show --since", form, difference.difference(planfile.load(since), plan))
    else:
        said = shlex.join(["reconciler", "apply", str(file)])
        console.plan("show", form, plan, said, fit=fit)
    return ExitCode.DONE
