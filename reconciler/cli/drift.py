"""`reconciler drift`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import build, options, planning, revision, say
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
    revision.refuse("drift")
    land, findings = build.landscape(root)
    with build.secrets(land, root) as secrets:
        made = planning.make(land, findings, secrets, select, root)
    if form == "json":
        say.document(codec.plan(made))
    else:
        say.result(view.text(made, say.paper()))
    return exit_code(made, detailed=True)
