"""`reconciler plan`"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reconciler.cli.relay import prove as proving
from reconciler.cli.shell import console, context, exit_codes, options, out_file
from reconciler.errors import UsageError
from reconciler.model.plan import Plan
from reconciler.pipeline.plan import file as planfile
from reconciler.pipeline.plan import make
from reconciler.pipeline.review import pull_request, revision
from reconciler.views import forms


@click.command("plan")
@options.root
@options.select
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan for apply.")
@options.base
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="PLAN",
    help="With --format markdown: also say what changed since this plan.",
)
@options.verified
@proving.option
@options.fit
@options.form("plan")
@options.progress
@click.option("--diff", is_flag=True, help="Show the lines of files that would change, too; secrets are masked.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes or something to do.")
def command(  # noqa: PLR0913  # one for each option
    *,
    root: Path,
    select: tuple[str, ...],
    out: Path | None,
    base: str | None,
    since: Path | None,
    verified: Path | None,
    prove: bool,
    fit: str | None,
    form: str,
    diff: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what would change on the platforms. Writes nothing there, and contacts no relay without --prove.

    \b
    Examples:
      reconciler plan
      reconciler plan --select prod --out plan.json
      reconciler plan --select prod/shop --diff
      reconciler plan --base refs/remotes/origin/main          on a pull request
      reconciler plan --prove --out plan.json                  on main
      reconciler plan --format markdown --since reviewed.json  for a comment there
      reconciler plan --verified verified.json                 with what mail clients would come to
      reconciler plan --select 'prod/openspp:mail_servers[main]' --format json
    """
    pull_request.check(base, "plan")
    proving.check(prove, base)
    earlier = _earlier(since, form)
    if diff and (base or form != forms.TEXT):
        fix = "leave out --base" if base else "leave out --format"
        raise UsageError("--diff is for people at their own files", why="it shows lines of files, as text", fix=fix)
    if out:
        out_file.check(out, forms.file("plan", forms.JSON))
        planfile.check_replaceable(out)
    land, findings = context.landscape(root, () if base else select)
    with (
        context.means(land, root, writes=prove) as means,
        revision.base(root, base, home=context.base(root), today=context.today()) as reviewed,
    ):
        made = make.plan(land, findings, means, select, git=context.git(root), now=context.now(), base=reviewed)
        proof = proving.proof(made, land, means, select, all_of_them=False) if prove else None
    if verified:
        from reconciler.pipeline.observe import foreseen

        made = foreseen.told(made, land, verified)
    if diff:
        from reconciler.pipeline.plan import preview

        console.result(console.paper().finish(preview.lines(land, made)))
    if out:
        planfile.save(out, made)
    said = None if base else _next(root, select, out)
    console.plan("plan", form, made, said, fit=fit, before=earlier, proof=proof)
    return proving.exit_code(exit_codes.of_plan(made, detailed=detailed_exitcode), proof)


def _earlier(since: Path | None, form: str) -> Plan | None:
    if since is None:
        return None
    from reconciler.pipeline.plan import comment

    return comment.earlier(since, shown=form == forms.MARKDOWN)


def _next(root: Path, select: tuple[str, ...], out: Path | None) -> str:
    """What applies exactly this plan."""
    words = ["reconciler", "apply", *([str(out)] if out else [])]
    words += ["--root", str(root)] if root != Path("environments") else []
    words += [] if out else [word for pattern in select for word in ("--select", pattern)]
    return shlex.join(words)
