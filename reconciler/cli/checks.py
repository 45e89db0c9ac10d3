"""`reconciler checks`"""

from __future__ import annotations

import click

from reconciler.cli import options, say
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
@options.debug
def command(*, form: str) -> int:
    """List the checks of the handshake: what each proves, how bad it is when it fails, and what to do.

    \b
    Examples:
      reconciler checks
      reconciler checks --format json
    """
    rows = tuple(sorted(CATALOGUE.values(), key=lambda check: check.id))
    if form == "json":
        say.document(view.as_json(rows))
    elif form == "markdown":
        say.result(view.markdown(rows))
    else:
        say.result(view.text(rows, width=say.paper().width) + "\n")
    return ExitCode.DONE
