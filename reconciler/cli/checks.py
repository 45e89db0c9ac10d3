"""`reconciler checks`"""

from __future__ import annotations

import json
import shutil
import sys

import click

from reconciler.errors import ExitCode
from reconciler.smtp.catalogue import CATALOGUE
from reconciler.views import checks as view


@click.command("checks")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="How the list is printed.",
)
def command(*, form: str) -> int:
    """List the checks of the handshake: what each proves, how bad it is when it fails, and what to do.

    \b
    Examples:
      reconciler checks
      reconciler checks --format json
    """
    rows = tuple(sorted(CATALOGUE.values(), key=lambda check: check.id))
    if form == "json":
        click.echo(json.dumps(view.as_json(rows), indent=2, ensure_ascii=False))
    elif form == "markdown":
        click.echo(view.markdown(rows), nl=False)
    else:
        click.echo(view.text(rows, width=shutil.get_terminal_size().columns if sys.stdout.isatty() else 120))
    return ExitCode.DONE
