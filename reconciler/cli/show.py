"""`reconciler show`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import console, options
from reconciler.errors import ExitCode
from reconciler.model import codec
from reconciler.pipeline.plan import file as planfile
from reconciler.views import plan as view


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@options.form
def command(*, file: Path, form: str) -> int:
    """Show a saved plan. Needs neither the files nor the platforms.

    \b
    Examples:
      reconciler show plan.json
      reconciler show plan.json --format json
    """
    plan = planfile.load(file)
    if form == "json":
        console.document(codec.plan(plan))
    else:
        console.result(view.text(plan, console.paper(), next_command=f"reconciler apply {file}"))
    return ExitCode.DONE
