"""`reconciler drift`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import console, context, exit_codes, options
from reconciler.pipeline.plan import make
from reconciler.pipeline.review import pull_request


@click.command("drift")
@options.root
@options.select
@options.form("drift")
def command(*, root: Path, select: tuple[str, ...], form: str) -> int:
    """Show what differs between git and the platforms, and who changed it. Exits with 2 when anything differs.

    \b
    Examples:
      reconciler drift
      reconciler drift --select prod --format json
    """
    pull_request.refuse("drift")
    land, findings = context.landscape(root)
    with context.secrets(land, root) as secrets:
        made = make.plan(land, findings, secrets, select, git=context.git(root), now=context.now())
    console.show("drift", form, made)
    return exit_codes.of_drift(made)
