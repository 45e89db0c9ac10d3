"""`reconciler history`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import completing, console, context, options
from reconciler.errors import ExitCode
from reconciler.pipeline import history
from reconciler.pipeline.review import pull_request
from reconciler.state.choose import open_state


@click.command("history")
@click.argument("address", nargs=-1, shell_complete=completing.addresses)
@options.root
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Runs at most; 0 for all.")
@click.option("--verify", is_flag=True, help="Prove that no line of the journal was changed, taken out or added.")
@options.form("history")
def command(*, address: tuple[str, ...], root: Path, limit: int, verify: bool, form: str) -> int:
    """Show the last runs; with ADDRESS, a pattern as --select takes, what they did there and what proved it.

    \b
    Examples:
      reconciler history
      reconciler history prod/openspp
      reconciler history 'prod/openspp:mail_servers[main]' --limit 0
      reconciler history --verify
    """
    pull_request.refuse("history")
    land, _ = context.landscape(root, context.STORES)
    with context.secrets(land, root) as secrets:
        found = history.history(open_state(land.state, secrets), address, limit=limit, verify=verify)
    console.show("history", form, found)
    return ExitCode.FAILED if found.verified else ExitCode.DONE
