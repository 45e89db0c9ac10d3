"""`reconciler drift`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import build, options, planning
from reconciler.cli.plan import exit_code
from reconciler.model import codec
from reconciler.views import drift as view


@click.command("drift")
@options.root
@options.select
@options.form
def command(*, root: Path, select: tuple[str, ...], form: str) -> int:
    """Say what differs between git and the platforms, and who moved. Exits with 2 when something differs.

    \b
    Examples:
      reconciler drift
      reconciler drift --select prod --format json
    """
    paper = options.paper()
    with build.guarded(form):
        land, findings = build.landscape(root, form, paper)
        with build.secrets(land, root) as secrets:
            made, _ = planning.make(land, findings, secrets, select, root)
    if form == "json":
        build.emit(codec.plan(made))
    else:
        click.echo(view.text(made, paper), nl=False)
    return exit_code(made, detailed=True)
