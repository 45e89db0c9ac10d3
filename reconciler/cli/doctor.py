"""`reconciler doctor`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import console, context, options
from reconciler.cli.shell import target as named
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.errors import ExitCode
from reconciler.pipeline import declaration
from reconciler.pipeline.observe import doctor, targets
from reconciler.pipeline.review import pull_request


@click.command("doctor")
@click.argument("target")
@options.root
@click.option("--trace", is_flag=True, help="List the requests of a console's pages: paths and JSON keys, no values.")
@options.form("doctor")
def command(*, target: str, root: Path, trace: bool, form: str) -> int:
    """Examine TARGET (`prod/o11`): is it reachable, does the login work, which version, does the page map fit?

    Reads only, and opens only the connection's secrets. Exits with 1 when something is wrong.

    \b
    Examples:
      reconciler doctor prod/openspp
      reconciler doctor prod/o11 --trace
    """
    pull_request.refuse("doctor")
    found = declaration.declared(root, base=context.base(root))
    if found.landscape is None:
        raise InvalidFiles(found.findings, found.files)
    chosen = named.declared(found.landscape, target, root)
    (spec,) = targets.specs(found.landscape, [chosen.unit])
    with context.secrets(found.landscape, root) as secrets:
        made = doctor.checkup(spec, secrets, trace=trace)
    console.show("doctor", form, made)
    return ExitCode.DONE if made.ok else ExitCode.FAILED
