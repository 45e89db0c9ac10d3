"""`reconciler validate`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import console, context, options
from reconciler.errors import ExitCode
from reconciler.model import codec
from reconciler.views import findings as view


@click.command("validate")
@options.root
@options.form
def command(*, root: Path, form: str) -> int:
    """Check the files: YAML, schema, references, policy. Contacts nobody.

    \b
    Examples:
      reconciler validate
      reconciler validate --root examples/file/environments --format json
    """
    judged = context.files(root)
    if form == "json":
        console.document(
            {
                "valid": judged.landscape is not None and not judged.landscape.broken,
                "files": judged.files,
                "findings": [codec.finding(finding) for finding in judged.findings],
            }
        )
    else:
        console.result(view.text(judged.findings, files=judged.files, color=console.paper().color) + "\n")
    if judged.landscape is None:
        return ExitCode.INVALID
    return ExitCode.FAILED if judged.landscape.broken else ExitCode.DONE
