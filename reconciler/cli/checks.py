"""`reconciler checks`"""

from __future__ import annotations

import click

from reconciler.cli.shell import console, options
from reconciler.errors import ExitCode, UsageError
from reconciler.smtp.catalogue.checks import CATALOGUE
from reconciler.views import checks as view


@click.command("checks")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How the list is printed.",
)
@options.debug
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
        raise UsageError(f"no check {unknown}", fix="reconciler checks lists them")
    rows = tuple(sorted((one for one in CATALOGUE.values() if not ids or one.id in ids), key=lambda check: check.id))
    if form == "json":
        console.document(view.as_json(rows))
    elif form == "markdown":
        console.result(view.markdown(rows))
    elif ids:
        console.result(view.details(rows, width=console.paper().width))
    else:
        console.result(view.text(rows, width=console.paper().width) + "\n")
    return ExitCode.DONE
