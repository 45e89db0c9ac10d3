"""`reconciler plan`"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reconciler.cli import build, options, output, planning, revision, say
from reconciler.errors import ExitCode
from reconciler.model import codec
from reconciler.model.plan import Plan
from reconciler.pipeline import planfile
from reconciler.views import plan as view


@click.command("plan")
@options.root
@options.select
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan for apply.")
@options.base
@options.form
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when something differs.")
def command(
    *,
    root: Path,
    select: tuple[str, ...],
    out: Path | None,
    base: str | None,
    form: str,
    detailed_exitcode: bool,
) -> int:
    """Show what would change on the platforms. Writes nothing there, and contacts no relay.

    \b
    Examples:
      reconciler plan
      reconciler plan --select prod --out plan.json
      reconciler plan --base origin/main          on a pull request
      reconciler plan --select 'prod/openspp:mail_servers[main]' --format json
    """
    revision.check(base, "plan")
    if out:
        output.check(out, "plan.json")
    land, findings = build.landscape(root)
    with build.secrets(land, root) as secrets, revision.base(root, base) as reviewed:
        made = planning.make(land, findings, secrets, select, root, reviewed)
    if out:
        planfile.save(out, made)
    if form == "json":
        say.document(codec.plan(made))
    else:
        say.result(view.text(made, say.paper(), next_command=None if base else _next(root, select, out)))
    return exit_code(made, detailed=detailed_exitcode)


def _next(root: Path, select: tuple[str, ...], out: Path | None) -> str:
    """What applies exactly this plan."""
    words = ["reconciler", "apply", *([str(out)] if out else [])]
    words += ["--root", str(root)] if root != Path("environments") else []
    words += [] if out else [word for pattern in select for word in ("--select", pattern)]
    return shlex.join(words)


def exit_code(made: Plan, *, detailed: bool) -> ExitCode:
    if not made.complete:
        return ExitCode.FAILED
    if detailed and any(change.differs for change in made.changes):
        return ExitCode.DIFFERENCES
    return ExitCode.DONE
