"""`reconciler nightly`"""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler.cli.ci import publish, tell_night
from reconciler.cli.ci.publish import Publisher
from reconciler.cli.relay import prove as proving
from reconciler.cli.shell import console, context, exit_codes, options
from reconciler.errors import ExitCode
from reconciler.model.answers.night import Night
from reconciler.pipeline.ci import job as jobs
from reconciler.pipeline.ci import webhook as webhooks
from reconciler.pipeline.plan import make
from reconciler.pipeline.review import pull_request
from reconciler.state import messages
from reconciler.views import forms


@click.command("nightly")
@options.root
@options.select
@proving.option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="reconciler-ci",
    show_default=True,
    metavar="DIR",
    help="Where drift.json, drift.md, reconciler_drift.prom and sent.json go.",
)
@click.option("--no-issues", is_flag=True, help="Open, edit and close no issue, whatever token is there.")
@click.option(
    "--webhook",
    multiple=True,
    metavar="KIND=REF",
    help="Tell what is new: KIND is slack, teams or json, REF where its address is, env:NAME or vault:PATH#FIELD.",
)
@click.option("--report", is_flag=True, help="Also write report.html, a page to look at, as report does.")
@options.form("nightly")
@options.progress
def command(  # noqa: PLR0913  # one for each option
    *,
    root: Path,
    select: tuple[str, ...],
    prove: bool,
    out: Path,
    no_issues: bool,
    webhook: tuple[str, ...],
    report: bool,
    form: str,
) -> int:
    """In a scheduled job: drift, with an issue for each target, metrics, and a message where something is new.

    On GitHub and GitLab one issue for each target that drifted is opened, kept up to date in place, and closed when the
    drift is gone. The same is not sent twice: sent.json in --out has a digest of what each webhook was told last. Exits
    as drift does.

    \b
    Examples:
      reconciler nightly
      reconciler nightly --webhook slack=env:SLACK_WEBHOOK
      reconciler nightly --report
      reconciler nightly --prove --webhook teams=vault:ci/teams#url --no-issues
    """
    pull_request.refuse("nightly")
    asked = [webhooks.parsed(text) for text in webhook]
    system = jobs.system(os.environ)
    to = Publisher(system=system or "", folder=publish.folder(out), quiet=form != forms.TEXT)
    land, findings = context.landscape(root)
    with context.means(land, root, writes=prove) as means:
        made = make.plan(land, findings, means, select, git=context.git(root), now=context.now())
        proof = proving.proof(made, land, means, select, all_of_them=True) if prove else None
        night = Night(plan=made, proof=proof, url=messages.run_url(os.environ))
        tell_night.files(night, to)
        if report:
            to.report(land, made, proof)
        if not no_issues:
            night = tell_night.issues(night, system, None if select else [target.unit for target in land.targets])
        night = tell_night.webhooks(night, asked, means.secrets, to.folder)
    console.show("nightly", form, night)
    console.findings(night.problems)
    code = proving.exit_code(exit_codes.of_drift(made), proof)
    return ExitCode.FAILED if night.problems else code
