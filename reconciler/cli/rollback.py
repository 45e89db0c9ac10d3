"""`reconciler rollback`"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli.shell import console, context, exit_codes, options, out_file
from reconciler.errors import UsageError
from reconciler.pipeline.plan import file as planfile
from reconciler.pipeline.plan import make
from reconciler.pipeline.review import pull_request
from reconciler.pipeline.rollback import undo
from reconciler.state.choose import open_state
from reconciler.views import forms


@click.command("rollback")
@click.argument("run")
@options.root
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan for apply.")
@options.form("rollback")
def command(*, run: str, root: Path, out: Path | None, form: str) -> int:
    """Plan the way back to what RUN found, as `reconciler history` names it. Writes nothing: apply does.

    A secret comes back by its earlier version, if the store still has it; the plan says which cannot. The files still
    declare what the run applied: correct them too, or the next apply brings it again.

    \b
    Examples:
      reconciler rollback alice-112822
      reconciler rollback 9876543210 --out back.json
    """
    pull_request.refuse("rollback")
    if out:
        out_file.check(out, forms.file("plan", forms.JSON))
        planfile.check_replaceable(out)
    land, findings = context.landscape(root)
    with context.means(land, root) as means:
        state = open_state(land.state, means.secrets)
        found = undo.undone(land, state, undo.journal_of(state, run), means)
        if not found.addresses:
            raise UsageError(f"{run} has nothing to take back", why="no change of it stands", fix="reconciler history")
        told = (*findings, *found.findings)
        made = make.plan(found.landscape, told, means, found.addresses, git=context.git(root), now=context.now())
        made = replace(made, rollback=found.journal)
    if out:
        planfile.save(out, made)
    said = f"reconciler apply {out}" if out else None
    console.plan("rollback", form, made, said)
    return exit_codes.of_plan(made, detailed=False)
