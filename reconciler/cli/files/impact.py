"""`reconciler impact`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import completing, console, context, options
from reconciler.errors import ExitCode
from reconciler.pipeline import impact


@click.command("impact")
@click.argument("name", nargs=-1, shell_complete=completing.addresses)
@options.root
@options.form("impact")
def command(*, name: tuple[str, ...], root: Path, form: str) -> int:
    """Show who breaks when a relay or a secret goes: what cannot send, and what cannot be reached.

    NAME is a relay (`prod/submission`) or a secret as plan shows it (`mail/prod/submission#password`). Without NAME:
    every relay and secret, a line each.

    \b
    Examples:
      reconciler impact
      reconciler impact prod/submission
      reconciler impact mail/prod/submission#password --format json
    """
    land, _ = context.landscape(root)
    console.show("impact", form, impact.impacts(land, name), whole=bool(name))
    return ExitCode.DONE
