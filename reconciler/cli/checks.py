"""`reconciler checks`"""

from __future__ import annotations

import click

from reconciler.cli.shell import completing, console, options
from reconciler.errors import ExitCode, UsageError
from reconciler.smtp.catalogue.checks import CATALOGUE


@click.command("checks")
@click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=completing.checks)
@options.form("checks")
def command(*, ids: tuple[str, ...], form: str) -> int:
    """List the checks of the handshake; with an ID, what it proves and what to do when it fails.

    \b
    Examples:
      reconciler checks
      reconciler checks SMTP206
      reconciler checks --format json
    """
    ids = tuple(f"SMTP{one}" if one.isdigit() else one.upper() for one in ids)
    for unknown in (one for one in ids if one not in CATALOGUE):
        raise UsageError(f"unknown check {unknown}", fix="reconciler checks lists them")
    rows = tuple(sorted((one for one in CATALOGUE.values() if not ids or one.id in ids), key=lambda check: check.id))
    console.show("checks", form, rows, whole=bool(ids))
    return ExitCode.DONE
