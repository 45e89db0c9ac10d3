"""`reconciler drift`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.relay import prove as proving
from reconciler.cli.shell import console, context, exit_codes, options, out_file
from reconciler.pipeline.plan import make
from reconciler.pipeline.review import pull_request
from reconciler.views import forms
from reconciler.views.paper import Paper


@click.command("drift")
@options.root
@options.select
@click.option(
    "--compare-secrets", is_flag=True, help="Open mail secrets and compare them where a platform gives its own back."
)
@proving.option
@options.fit
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the result to a file, whole or not at all; stdout then has text in place of prometheus.",
)
@options.form("drift")
@options.progress
def command(  # one for each option
    *,
    root: Path,
    select: tuple[str, ...],
    compare_secrets: bool,
    prove: bool,
    fit: str | None,
    out: Path | None,
    form: str,
) -> int:
    """Show what differs between git and the platforms, and who changed it. Exits with 2 when anything differs.

    \b
    Examples:
      reconciler drift
      reconciler drift --select prod --format json
      reconciler drift --format markdown --fit summary >> "$GITHUB_STEP_SUMMARY"
      reconciler drift --prove --format prometheus --out /var/lib/node_exporter/reconciler_drift.prom
      reconciler drift --compare-secrets     (needs a Vault role that may read mail secrets, as apply has)
    """
    pull_request.refuse("drift")
    if out:
        out_file.check(out, forms.file("drift", form))
    land, findings = context.landscape(root, select)
    with context.means(land, root, writes=prove) as means:
        made = make.plan(
            land,
            findings,
            means,
            select,
            git=context.git(root),
            now=context.now(),
            compare_secrets=compare_secrets,
        )
        proof = proving.proof(made, land, means, select, all_of_them=True) if prove else None
    if out:
        beside = console.page(form, made, fit=fit)
        out_file.write(out, forms.rendered("drift", form, made, Paper(), proof=proof, **beside))
    shown = forms.TEXT if out and form not in (forms.JSON, forms.MARKDOWN) else form
    console.plan("drift", shown, made, None, fit=fit, proof=proof)
    return proving.exit_code(exit_codes.of_drift(made), proof)
