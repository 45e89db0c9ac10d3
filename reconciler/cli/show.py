"""`reconciler show`"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reconciler.cli.shell import console, options
from reconciler.errors import ExitCode
from reconciler.pipeline.plan import file as planfile


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@options.form("show")
def command(*, file: Path, form: str) -> int:
    """Show a saved plan. Needs neither the files nor the platforms.

    \b
    Examples:
      reconciler show plan.json
      reconciler show plan.json --format json
    """
    plan = planfile.load(file)
    console.show("show", form, plan, next_command=shlex.join(["reconciler", "apply", str(file)]))
    return ExitCode.DONE
