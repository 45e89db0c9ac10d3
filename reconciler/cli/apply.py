"""`reconciler apply`"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import click

from reconciler.cli.shell import apply_progress as carry
from reconciler.cli.shell import console, context, interrupt, options
from reconciler.errors import Interrupted, InvalidError, UsageError
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Plan
from reconciler.pipeline.apply import run as apply
from reconciler.pipeline.apply.record import Stamp
from reconciler.pipeline.plan import file as planfile
from reconciler.pipeline.plan import make, risks
from reconciler.pipeline.policy import ca_files
from reconciler.pipeline.review import pull_request
from reconciler.state import open_state
from reconciler.views import plan as plan_view


@click.command("apply")
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@options.root
@options.select
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option(
    "--allow",
    multiple=True,
    metavar="RISK",
    help=f"Accept a risk that the plan names: {', '.join(risks.OURS)}, or one that a platform has. Repeatable.",
)
@options.form
def command(
    *, plan: Path | None, root: Path, select: tuple[str, ...], auto_approve: bool, allow: tuple[str, ...], form: str
) -> int:
    """Carry out PLAN, or plan and carry out: stage by stage, each proven by a live SMTP handshake first.

    \b
    Examples:
      reconciler apply plan.json
      reconciler apply --select test --auto-approve
      reconciler apply plan.json --allow secret-to-new-host
    """
    if plan and select:
        raise UsageError(
            "--select does not go with a saved plan", why="a plan says what is selected", fix="leave it out"
        )
    pull_request.refuse("apply")
    _check_somebody_asked(saved=plan is not None, auto_approve=auto_approve, form=form)
    land, findings = context.landscape(root)
    _check_state(land)
    _check_known(allow, land)
    with context.secrets(land, root) as secrets:
        if plan:
            todo = planfile.load(plan)
            planfile.check(todo, land, plan)
            console.findings(
                [one for one in findings if one.rule == ca_files.RULE]
            )  # true here, whatever was true there
        else:
            todo = make.plan(land, findings, secrets, select, git=context.git(root), now=context.now())
        if form == "text" and not plan:
            console.result(plan_view.text(todo, console.paper(), next_command=None))
        _check_allowed(todo, allow)
        if not plan and not auto_approve:
            _approve(todo)
        with interrupt.graceful() as stopped:
            job = apply.Job(
                landscape=land,
                secrets=secrets,
                state=open_state(land.state, secrets),
                stamp=Stamp(run=context.run_id(), at=context.now()),
                owner=_owner(),
                today=context.today(),
                stopped=stopped.is_set,
            )
            return carry.out(todo, job, form)


def _check_state(land: Landscape) -> None:
    if context.in_ci() and land.state.backend == "file" and not land.state.persistent:
        raise InvalidError(
            f"state: {land.state.path} would be lost after this CI job",
            why="without state every run would write every secret again and could not tell who changed what",
            fix="state: {backend: vault, store: default, path: reconciler/state}, or persistent: true if it is kept",
        )


def _check_known(allow: tuple[str, ...], land: Landscape) -> None:
    """Before anybody is contacted. Loads platforms only for a name that is not the tool's own."""
    if not (others := sorted(set(allow) - set(risks.OURS))):
        return
    known = risks.names(target.kind for target in land.targets)
    if wrong := next((name for name in others if name not in known), None):
        from difflib import get_close_matches  # 6 ms, and only for a typing mistake

        near = get_close_matches(wrong, known, n=1)
        raise UsageError(
            f"--allow {wrong}: there is no such risk",
            why=f"known are {', '.join(known)}; a platform of another package names its own in PLATFORM.risks",
            fix=f"did you mean {near[0]}?" if near else "take the name that the plan shows",
        )


def _check_allowed(todo: Plan, allow: tuple[str, ...]) -> None:
    missing = sorted({risk.rule for risk in plan_view.risks(todo)} - set(allow))
    if missing:
        first = next(risk for risk in plan_view.risks(todo) if risk.rule == missing[0])
        raise InvalidError(
            f"{first.address}: {first.what}",
            why=first.why,
            fix=f"look at it, then apply with {' '.join(f'--allow {rule}' for rule in missing)}",
        )


def _check_somebody_asked(*, saved: bool, auto_approve: bool, form: str) -> None:
    if saved or auto_approve or (form == "text" and context.interactive()):
        return
    raise UsageError(
        "apply has nobody to ask here",
        why="without a terminal, or with --format json, what is applied must have been reviewed",
        fix="reconciler plan --out plan.json, then reconciler apply plan.json; or --auto-approve",
    )


def _approve(todo: Plan) -> None:
    if not todo.applyable:
        return
    answer = click.prompt("Apply this plan? Only yes is accepted", default="no", show_default=False, err=True)
    if answer != "yes":
        raise Interrupted("not applied: the answer was not yes", why="nothing was written")


def _owner() -> str:
    user = os.environ.get("GITHUB_ACTOR") or os.environ.get("GITLAB_USER_LOGIN") or os.environ.get("USER") or "unknown"
    server, repository, run = (os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    url = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else os.environ.get("CI_JOB_URL")
    return f"{user}@{socket.gethostname()}" + (f" ({url})" if url else f" (pid {os.getpid()})")
