"""`reconciler apply`"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from reconciler.cli import build, interrupt, options, planning, say
from reconciler.errors import ExitCode, Interrupted, InvalidError, ReconcilerError, UsageError
from reconciler.model import codec
from reconciler.model.finding import Finding
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
    _check_somebody_asked(saved=plan is not None, auto_approve=auto_approve, form=form)
    land, findings = build.landscape(root)
    _check_state(land)
    with build.secrets(land, root) as secrets:
        if plan:
            todo, state = planfile.load(plan), open_state(land.state, secrets)
            planfile.check(todo, land, plan)
        else:
            todo, state = planning.make(land, findings, secrets, select, root)
        if form == "text" and not plan:
            say.result(plan_view.text(todo, say.paper(), next_command=None))
        _check_allowed(todo, allow)
        if not plan and not auto_approve:
            _approve(todo)
        with interrupt.graceful() as stopped:
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
    """Whatever happens on the way, what was done by then is told."""
    started = time.monotonic()
    outcomes: list[Outcome] = []
    problem: Exception | None = None
    show = _Show(form)
    try:
        for event in apply.run(todo, job):
            show.event(event, outcomes)
            if isinstance(event, Outcome):
                outcomes.append(event)
    except ReconcilerError as error:  # raised before a stage writes: its own outcomes tell what fails later
        problem = error
        outcomes += _untold(todo, outcomes, OutcomeStatus.NOT_ATTEMPTED, error.finding())
    except Exception as error:  # noqa: BLE001  # a bug: told after the summary
        problem = error
        outcomes += _untold(todo, outcomes, OutcomeStatus.UNKNOWN, None)
    complete = problem is None and all(outcome.status in SETTLED for outcome in outcomes)
    if form == "json" and (problem is None or isinstance(problem, ReconcilerError)):
        told = {"run": job.stamp.run, "complete": complete, "outcomes": [codec.outcome(one) for one in outcomes]}
        found = [codec.finding(problem.finding())] if isinstance(problem, ReconcilerError) else []
        show.last(lambda: say.document({**told, "findings": found}))
    else:
        show.last(lambda: say.result(view.summary(outcomes, time.monotonic() - started, say.paper())))
        if problem is not None:
            raise problem
    if job.stopped():
        return ExitCode.INTERRUPTED
    if isinstance(problem, ReconcilerError):
        return problem.exit_code
    return ExitCode.DONE if complete else ExitCode.INCOMPLETE


class _Show:
    """Prints what happens as it happens. Who reads may leave (`| head`): then the rest is done in silence."""

    def __init__(self, form: str) -> None:
        self._quiet, self._gone = form == "json", False

    def event(self, event: apply.Event, before: Sequence[Outcome]) -> None:
        if not self._quiet:
            self.last(lambda: say.result(_text(event, say.paper(), before)))

    def last(self, printed: Callable[[], None]) -> None:
        if self._gone:
            return
        try:
            printed()
        except BrokenPipeError:
            self._gone = True


def _untold(todo: Plan, outcomes: Sequence[Outcome], status: OutcomeStatus, error: Finding | None) -> Iterator[Outcome]:
    told = {outcome.address for outcome in outcomes}
    for change in todo.changes:
        if change.writes and change.address not in told:
            yield Outcome(address=change.address, status=status, error=error)


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


def _check_somebody_asked(*, saved: bool, auto_approve: bool, form: str) -> None:
    if saved or auto_approve or (form == "text" and build.interactive()):
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
