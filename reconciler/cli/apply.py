"""`reconciler apply`"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from reconciler.cli import build, options, planning
from reconciler.errors import ExitCode, InvalidError, UsageError
from reconciler.model import codec
from reconciler.model.landscape import Landscape
from reconciler.model.outcome import SETTLED, Outcome, OutcomeStatus
from reconciler.model.plan import Plan
from reconciler.pipeline import apply, planfile
from reconciler.pipeline.record import Stamp
from reconciler.state import open_state
from reconciler.views import apply as view
from reconciler.views import plan as plan_view
from reconciler.views.paper import Paper

GUARDS = ("archive", "secret-to-new-host", "unverified")


@click.command("apply")
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@options.root
@options.select
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option(
    "--allow", multiple=True, type=click.Choice(GUARDS), help="Accept a risk that the plan names. Repeatable."
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
    paper = options.paper()
    with build.guarded(form):
        land, findings = build.landscape(root, form, paper)
        _check_state(land)
        with build.secrets(land, root) as secrets:
            if plan:
                todo, state = planfile.load(plan), open_state(land.state, secrets)
                planfile.check(todo, land, plan)
            else:
                todo, state = planning.make(land, findings, secrets, select, root)
            if form == "text" and not plan:
                click.echo(plan_view.text(todo, paper, next_command=None), nl=False)
            _check_allowed(todo, allow)
            _approve(todo, saved=plan is not None, auto_approve=auto_approve, form=form)
            with _signals() as stopped:
                job = apply.Job(
                    landscape=land,
                    secrets=secrets,
                    state=state,
                    stamp=Stamp(run=build.run_id(), at=build.now()),
                    owner=_owner(),
                    today=build.today(),
                    stopped=stopped.is_set,
                )
                return _carried_out(todo, job, form)


def _carried_out(todo: Plan, job: apply.Job, form: str) -> int:
    started = time.monotonic()
    paper = options.paper()
    outcomes: list[Outcome] = []
    interrupted = False
    try:
        for event in apply.run(todo, job):
            if form == "text":
                click.echo(_text(event, paper, outcomes), nl=False)
            if isinstance(event, Outcome):
                outcomes.append(event)
    except KeyboardInterrupt:
        interrupted = True
    told = {outcome.address for outcome in outcomes}
    outcomes += [
        Outcome(address=change.address, status=OutcomeStatus.NOT_ATTEMPTED)
        for change in todo.changes
        if interrupted and change.writes and change.address not in told
    ]
    complete = all(outcome.status in SETTLED for outcome in outcomes)
    if form == "json":
        build.emit({"run": job.stamp.run, "complete": complete, "outcomes": [codec.outcome(one) for one in outcomes]})
    else:
        click.echo(view.summary(outcomes, time.monotonic() - started, paper), nl=False)
    if interrupted or job.stopped():
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if complete else ExitCode.INCOMPLETE


def _text(event: apply.Event, paper: Paper, before: Sequence[Outcome]) -> str:
    match event:
        case apply.StageStarted(names=names):
            return view.stage(names, paper)
        case apply.Handshakes(results=results):
            return view.proven(results, paper)
        case Outcome():
            same = bool(before) and before[-1].address.unit == event.address.unit
            return view.outcome(event, paper, new_unit=not same)


def _check_state(land: Landscape) -> None:
    if build.in_ci() and land.state.backend == "file" and not land.state.persistent:
        raise InvalidError(
            f"state: {land.state.path} would be lost after this CI job",
            why="without state every run would write every secret again and could not tell who changed what",
            fix="state: {backend: vault, store: default, path: reconciler/state}, or persistent: true if it is kept",
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


def _approve(todo: Plan, *, saved: bool, auto_approve: bool, form: str) -> None:
    if saved or auto_approve or not todo.applyable:
        return
    if form == "json" or not build.interactive():
        raise UsageError(
            "apply has nobody to ask here",
            why="without a terminal, what is applied must have been reviewed",
            fix="reconciler plan --out plan.json, then reconciler apply plan.json; or --auto-approve",
        )
    if click.prompt("Apply this plan? Only yes is accepted", default="no", show_default=False) != "yes":
        raise click.Abort


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """The first Ctrl-C (or SIGTERM) starts nothing new; the second exits at once."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if stopped.is_set():
            os._exit(ExitCode.INTERRUPTED)
        stopped.set()
        click.echo("\nstopping: writes in flight get 30 s; once more exits at once", err=True)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _owner() -> str:
    user = os.environ.get("GITHUB_ACTOR") or os.environ.get("GITLAB_USER_LOGIN") or os.environ.get("USER") or "unknown"
    server, repository, run = (os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    url = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else os.environ.get("CI_JOB_URL")
    return f"{user}@{socket.gethostname()}" + (f" ({url})" if url else f" (pid {os.getpid()})")
