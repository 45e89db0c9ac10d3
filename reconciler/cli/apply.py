"""`reconciler apply`"""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.shell import apply_progress as carry
from reconciler.cli.shell import console, context, handed_files, interrupt, options
from reconciler.cli.shell import job as jobs
from reconciler.cli.shell import pace as paces
from reconciler.cli.shell.pace import Pace
from reconciler.errors import ExitCode, UsageError
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Plan
from reconciler.pipeline.means import Means
from reconciler.pipeline.plan import file as planfile
from reconciler.pipeline.plan import make, risks
from reconciler.pipeline.policy import ca_files
from reconciler.pipeline.review import pull_request
from reconciler.state.choose import open_state
from reconciler.views.plans import text as plan_view
from reconciler.views.runs import recovered

_LONGEST = 1 << 20  # characters of a comment


@click.command("apply")
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@options.root
@options.select
@click.option("--auto-approve", is_flag=True, help="Apply without asking.")
@click.option(
    "--allow",
    multiple=True,
    metavar="RISK",
    help=f"Accept a risk named in the plan: {', '.join(risks.OURS)}, or a platform's own. Repeatable.",
)
@click.option(
    "--reviewed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Refuse what is not in this plan: a saved one, or the comment of the pull request (reviewed.md of ci).",
)
@click.option(
    "--offline",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the scripts and parameters for targets with driver: offline into a new or empty folder.",
)
@paces.options
@options.form("apply")
@options.progress
def command(  # noqa: PLR0913  # one for each option
    *,
    plan: Path | None,
    root: Path,
    select: tuple[str, ...],
    auto_approve: bool,
    allow: tuple[str, ...],
    reviewed: Path | None,
    offline: Path | None,
    pace: Pace,
    form: str,
) -> int:
    """Apply PLAN, or plan and apply: stage by stage, each after a live SMTP handshake.

    \b
    Examples:
      reconciler apply plan.json
      reconciler apply --select test --auto-approve
      reconciler apply plan.json --allow secret-to-new-host
      reconciler apply plan.json --reviewed reviewed.md
      reconciler apply plan.json --offline to-carry
      reconciler apply plan.json --canary 1 --soak 10m --stop-on 3
    """
    if plan and select:
        what = "--select cannot be combined with a saved plan"
        raise UsageError(what, why="the plan says already what is selected", fix="omit --select")
    pull_request.refuse("apply")
    if offline:
        handed_files.check_folder(offline)
    _check_somebody_asked(saved=plan is not None, auto_approve=auto_approve, form=form)
    saved = planfile.load(plan) if plan else None
    land, findings = context.landscape(root, _needed(saved) if saved else select)
    context.check_state(land)
    _check_known(allow, land)
    paces.check(pace, land)
    with context.means(land, root, writes=True) as means:
        if plan and saved:
            todo = saved
            land = _as_before(land, todo, means)
            planfile.check(todo, land, plan)
            console.findings(ca_files.findings(land))  # true here, whatever was true there
        else:
            _settle(land, means, form)
            todo = make.plan(land, findings, means, select, git=context.git(root), now=context.now())
        if form == "text" and not plan:
            console.result(plan_view.text(todo, console.paper(), next_command=None))
        if offline:
            handed_files.check_plan(todo, land)
        if reviewed:
            _check_reviewed(todo, reviewed)
        risks.check(todo, allow)  # before somebody is asked; apply does it again
        if not plan and not auto_approve and not _approved(todo):
            console.note("Cancelled; nothing was written.")
            return ExitCode.INTERRUPTED
        with interrupt.graceful() as stopped:
            job = jobs.of(
                land,
                means,
                stopped=stopped.is_set,
                allow=allow,
                waves=pace.waves,
                lock_timeout=pace.lock_timeout,
            )
            return carry.out(todo, job, form, offline)


def _needed(saved: Plan) -> tuple[str, ...]:
    """What was selected; a plan of rollback needs all."""
    return () if saved.rollback else saved.select


def _as_before(land: Landscape, todo: Plan, means: Means) -> Landscape:
    """For a plan of rollback: what it was made from is in the journal, and so it is what is declared now."""
    if todo.rollback is None:
        return land
    from reconciler.pipeline.rollback import undo

    return undo.undone(land, open_state(land.state, means.secrets), todo.rollback, means).landscape


def _settle(land: Landscape, means: Means, form: str) -> None:
    """What a run that was cut off left, before the plan is made: what it took back would else be missing there."""
    job = jobs.of(land, means, stopped=lambda: False)
    if not job.state.unfinished():
        return
    from reconciler.pipeline.apply import recover

    for found in recover.alone(job, (), take_back=False):
        if form == "text":
            console.result(recovered.line(found, console.paper()))


def _check_known(allow: tuple[str, ...], land: Landscape) -> None:
    """Before anybody is contacted. Loads platforms only for a name that is not the tool's own."""
    if not (others := sorted(set(allow) - set(risks.OURS))):
        return
    known = risks.names(target.kind for target in land.targets)
    if wrong := next((name for name in others if name not in known), None):
        from difflib import get_close_matches  # 6 ms, and only for a typing mistake

        near = get_close_matches(wrong, known, n=1)
        raise UsageError(
            f"--allow {wrong}: unknown risk",
            why=f"known are {', '.join(known)}; a platform of another package names its own in PLATFORM.risks",
            fix=f"did you mean {near[0]}?" if near else "use the name shown in the plan",
        )


def _check_somebody_asked(*, saved: bool, auto_approve: bool, form: str) -> None:
    if saved or auto_approve or (form == "text" and context.interactive()):
        return
    raise UsageError(
        "apply needs a confirmation, and there is no terminal",
        why="without a terminal, or with --format json, only a reviewed plan is applied",
        fix="reconciler plan --out plan.json, then reconciler apply plan.json; or --auto-approve",
    )


def _approved(todo: Plan) -> bool:
    """Asks where there is something to write."""
    if not todo.applyable:
        return True
    answer: str = click.prompt("Apply this plan? Type yes to confirm", default="no", show_default=False, err=True)
    return answer == "yes"


def _check_reviewed(todo: Plan, path: Path) -> None:
    """Raises NotReviewed where `todo` has more than was reviewed, UsageError and PlanFileError for another file."""
    from reconciler.model.difference import fingerprint, fingerprints  # only with --reviewed
    from reconciler.pipeline.review import reviewed
    from reconciler.views.plans import header

    text = _text(path)
    if text.lstrip().startswith("{"):
        found = fingerprints(planfile.load(path).changes)
        reviewed.check(todo, fingerprint(found), found)
        return
    if (seen := header.read(text)) is None:
        raise UsageError(
            f"--reviewed {path}: no plan, and no comment of one",
            why="a comment begins with a hidden line that says which plan it shows",
            fix="reconciler ci keeps it as reviewed.md; or name a plan of reconciler plan --out",
        )
    reviewed.check(todo, seen.plan, seen.resources)


def _text(path: Path) -> str:
    """Of the comment as far as it can be one."""
    try:
        with path.open(encoding="utf-8", errors="replace") as found:
            return found.read(_LONGEST)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
        raise UsageError(f"--reviewed {path}: {why}", fix="name the plan that was reviewed, or its comment") from error
