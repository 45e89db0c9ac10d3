"""`reconciler locks`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import console, context, options
from reconciler.errors import ExitCode
from reconciler.pipeline.review import pull_request
from reconciler.state.choose import open_state


@click.command("locks")
@options.root
@options.form("locks")
def command(*, root: Path, form: str) -> int:
    """Show who holds which installations, and which runs were cut off.

    \b
    Examples:
      reconciler locks
      reconciler locks --format json
    """
    pull_request.refuse("locks")
    land, _ = context.landscape(root, context.STORES)
    with context.secrets(land, root) as secrets:
        found = open_state(land.state, secrets).locks()
    console.show("locks", form, found)
    return ExitCode.DONE
