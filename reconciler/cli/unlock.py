"""`reconciler unlock`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import console, context, options, who
from reconciler.errors import ExitCode, UsageError
from reconciler.pipeline.review import pull_request
from reconciler.state.choose import open_state


@click.command("unlock")
@click.argument("lock")
@options.root
@click.option("--reason", metavar="TEXT", required=True, help="Why; its run, should it live, tells this.")
@options.form("unlock")
def command(*, lock: str, root: Path, reason: str, form: str) -> int:
    """End LOCK, as `reconciler locks` names it. Its run, should it still live, writes nothing more.

    What a run that was cut off had begun is not looked at any more: reconciler recover does that first.

    \b
    Examples:
      reconciler unlock 20261129T082500.123456Z-9f86d081 --reason "the runner is gone"
    """
    if not reason.strip() or not reason.isprintable():
        raise UsageError(
            "--reason: not a reason", why="it is shown in one line", fix='e.g. --reason "its runner is gone"'
        )
    pull_request.refuse("unlock")
    land, _ = context.landscape(root, context.STORES)
    with context.secrets(land, root) as secrets:
        state, why = open_state(land.state, secrets), f"unlocked by {who.owner()}: {reason.strip()}"
        found = state.unlock(lock, why)
        if not found.alive and any(line.get("journal") == lock for line in state.journal.index()):
            state.journal.cut_off(lock, why)  # it cannot end it itself, and nobody else will
    console.show("unlock", form, found)
    return ExitCode.DONE
