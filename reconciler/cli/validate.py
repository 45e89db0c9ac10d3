"""`reconciler validate`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import build, options, say
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
    judged = build.files(root)
    if form == "json":
        say.document(
            {
                "valid": not judged.errors,
                "files": judged.count,
                "findings": [codec.finding(finding) for finding in judged.findings],
            }
        )
    else:
        say.result(view.text(judged.findings, files=judged.count, color=say.paper().color) + "\n")
    return ExitCode.INVALID if judged.errors else ExitCode.DONE
