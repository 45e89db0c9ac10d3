"""`reconciler validate`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import console, context, options
from reconciler.errors import ExitCode


@click.command("validate")
@options.root
@options.form("validate")
def command(*, root: Path, form: str) -> int:
    """Check the files: YAML, schema, references, policy. Contacts nobody.

    \b
    Examples:
      reconciler validate
      reconciler validate --root examples/file/environments --format json
    """
    judged = context.files(root)
    land = judged.landscape
    valid = land is not None and not land.broken
    console.show("validate", form, judged.findings, files=judged.files, valid=valid)
    if land is None:
        return ExitCode.INVALID
    return ExitCode.FAILED if land.broken else ExitCode.DONE
