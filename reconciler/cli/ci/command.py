"""`reconciler ci`"""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler.cli.ci import publish
from reconciler.cli.ci.publish import Publisher
from reconciler.cli.ci.remark import Remark
from reconciler.cli.relay import prove as proving
from reconciler.cli.shell import console, context, exit_codes, options
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.answers.proof import Proof
from reconciler.model.difference import fingerprint, fingerprints
from reconciler.model.plan import Plan
from reconciler.pipeline.ci import job as jobs
from reconciler.pipeline.declaration import Judged
from reconciler.pipeline.observe import foreseen
from reconciler.pipeline.plan import file as planfile
from reconciler.pipeline.plan import make
from reconciler.pipeline.review import pull_request, revision
from reconciler.views import forms


@click.command("ci")
@options.root
@options.select
@options.base
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="reconciler-ci",
    show_default=True,
    metavar="DIR",
    help="Where plan.json, plan.md and the reports go.",
)
@proving.option
@options.verified
@click.option("--no-comment", is_flag=True, help="Write no comment, whatever token is there.")
@click.option("--report", is_flag=True, help="Also write report.html, a page to look at, as report does.")
@options.form("ci")
def command(  # noqa: PLR0913  # click hands over every option by its name
    *,
    root: Path,
    select: tuple[str, ...],
    base: str | None,
    out: Path,
    prove: bool,
    verified: Path | None,
    no_comment: bool,
    report: bool,
    form: str,
) -> int:
    """In a CI job: validate and plan, and tell it where people look. Writes nothing on the platforms.

    On GitHub, GitLab, Azure Pipelines and Jenkins: annotations at the lines, one comment on the pull request that is
    edited in place, the summary of the job, outputs for later steps, and plan.json for apply. What the author of a pull
    request may cause is as with `plan --base`, and the base is found by itself; of a fork nothing is contacted.

    \b
    Examples:
      reconciler ci
      reconciler ci --prove             handshakes on main, and none on pull requests
      reconciler ci --no-comment --out plans/prod --select prod
      reconciler ci --report
    """
    job = jobs.of(os.environ)
    base = base or job.base
    pull_request.check(base, "ci")
    to = Publisher(system=job.system, folder=publish.folder(out), quiet=form != forms.TEXT)
    remark = Remark.of(job, os.environ, wanted=not no_comment and not job.fork)
    judged = context.files(root)
    to.findings(judged.findings)
    if judged.landscape is None:
        remark.unplanned(judged.findings)
        raise InvalidFiles(judged.findings, judged.files)
    if job.fork:
        console.note("Valid. Not planned: this comes from a fork, and nothing is contacted for it.")
        return ExitCode.DONE
    try:
        made, proof = _planned(judged, root, select, base, prove=prove and base is None)
        made = foreseen.told(made, judged.landscape, verified) if verified else made
    except ReconcilerError as error:
        remark.unplanned([error.finding()])
        raise
    page = to.report(judged.landscape, made) if report else None
    _tell(made, proof, to, remark, form, page)
    return proving.exit_code(exit_codes.of_plan(made, detailed=False), proof)


def _planned(
    judged: Judged, root: Path, select: tuple[str, ...], base: str | None, *, prove: bool
) -> tuple[Plan, Proof | None]:
    land = judged.landscape
    assert land is not None  # noqa: S101  # looked at above
    with (
        context.means(land, root, writes=prove) as means,
        revision.base(root, base, home=context.base(root), today=context.today()) as reviewed,
    ):
        made = make.plan(land, judged.findings, means, select, git=context.git(root), now=context.now(), base=reviewed)
        return made, proving.proof(made, land, means, select, all_of_them=False) if prove else None


def _tell(made: Plan, proof: Proof | None, to: Publisher, remark: Remark, form: str, page: Path | None) -> None:
    planfile.save(to.folder / "plan.json", made)
    console.plan("ci", form, made, None, proof=proof)
    to.findings([*made.findings, *(one for change in made.changes for one in change.findings)])
    to.summary(remark.written(made, fit="summary", proof=proof))
    reviewed = _reviewed(made, to, remark)
    differs = exit_codes.of_plan(made, detailed=True) is not ExitCode.DONE
    to.outputs(
        {
            "changes": str(differs).lower(),
            "complete": str(made.complete).lower(),
            "digest": fingerprint(fingerprints(made.changes)),
            "plan": str(to.folder / "plan.json"),
            **({"report": str(page)} if page else {}),
            "reviewed": reviewed,
        }
    )
    remark.plan(made)


def _reviewed(made: Plan, to: Publisher, remark: Remark) -> str:
    """Whether all that apply would do is as the merged pull request showed it: true, false, or nobody knows."""
    if (found := remark.reviewed(made)) is None:
        return "unknown"
    line, others = found
    to.file("reviewed.md", line)
    if not others:
        console.note("All of it is as reviewed in the pull request.")
        return "true"
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    console.note(f"Not as reviewed in the pull request: {', '.join(others[:3])}{more}.")
    return "false"
