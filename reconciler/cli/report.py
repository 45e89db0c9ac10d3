"""`reconciler report`"""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from reconciler.cli.relay import prove as proving
from reconciler.cli.shell import console, context, options, out_file
from reconciler.errors import ExitCode, UsageError
from reconciler.model.answers.overview import Overview
from reconciler.pipeline.report import documents, overview

_RUNS = 20  # of the journal


@click.command("report")
@click.argument("document", nargs=-1, type=click.Path(path_type=Path))
@options.root
@options.select
@proving.option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="report.html",
    show_default=True,
    metavar="FILE",
    help="Where the page goes, whole or not at all.",
)
@options.form("report")
@options.progress
def command(
    *, document: tuple[Path, ...], root: Path, select: tuple[str, ...], prove: bool, out: Path, form: str
) -> int:
    """Write a page (HTML) for people who would rather look than read: what differs, which relays work, who sends
    through them, since when, and what needs attention.

    With DOCUMENT, it is made from what plan, drift, verify, apply, history and explain printed with --format json, and
    nobody is contacted; of several plans the newest counts, and the others tell since when something differs. Without,
    it reads platforms, files and journal, as plan and history do. The page loads nothing and has no secret.

    \b
    Examples:
      reconciler report
      reconciler report --select prod --prove --out prod.html
      reconciler report plan.json verify.json explain.json history.json --out report.html
      reconciler report drift-*.json                        since when something differs
    """
    out_file.check(out, "report.html")
    if document:
        _refuse_one_run(click.get_current_context())
        found = overview.from_documents([documents.read(one) for one in document], context.now())
    else:
        found = _one_run(root, select, prove=prove)
    from reconciler.views.overview import page  # after all that may fail: it is not small

    text = page.text(found)
    out_file.write(out, text)
    console.show("report", form, found, file=str(out), size=len(text.encode()))
    return ExitCode.DONE


def _refuse_one_run(ctx: click.Context) -> None:
    for name in ("root", "select", "prove"):
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            why = "documents say what was read; nothing is read again"
            raise UsageError(f"--{name} cannot be combined with DOCUMENT", why=why, fix=f"omit --{name}, or DOCUMENT")


def _one_run(root: Path, select: tuple[str, ...], *, prove: bool) -> Overview:
    from reconciler.pipeline import history
    from reconciler.pipeline.plan import make
    from reconciler.pipeline.review import pull_request
    from reconciler.state.choose import open_state

    pull_request.refuse("report")
    land, findings = context.landscape(root)
    with context.means(land, root, writes=prove) as means:
        made = make.plan(land, findings, means, select, git=context.git(root), now=context.now())
        runs = history.history(open_state(land.state, means.secrets), select, limit=_RUNS, verify=False)
        proof = proving.proof(made, land, means, select, all_of_them=True) if prove else None
    return overview.observed(land, made, history=runs, proof=proof)
