"""Carries a plan out and tells what happens, as it happens and at the end, however it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.shell import console, handed_files
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.finding import Finding
from reconciler.model.outcome import SETTLED, Outcome, OutcomeStatus
from reconciler.model.plan import Plan
from reconciler.model.runs.recovery import Recovered
from reconciler.pipeline.apply import run as apply
from reconciler.pipeline.apply.job import Job
from reconciler.views import apply as view
from reconciler.views import forms
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable
from reconciler.views.runs import recovered


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """`problem` is what broke the run off, when something did."""

    outcomes: tuple[Outcome, ...]
    problem: Exception | None = None

    @property
    def complete(self) -> bool:
        return self.problem is None and all(outcome.status in SETTLED for outcome in self.outcomes)


def out(todo: Plan, job: Job, form: str, offline: Path | None = None) -> int:
    """The exit code. Raises what broke the run off, after what was done by then is told: a bug always, a
    ReconcilerError where the form is text (JSON has it inside). `offline`: the folder for scripts that people run."""
    started, show = time.monotonic(), _Show(form)
    ended = _ended(todo, job, show)
    problem = ended.problem
    told = problem.finding() if isinstance(problem, ReconcilerError) else None
    bug = problem is not None and told is None
    beside = {
        "run": job.stamp.run,
        "at": job.stamp.at,
        "git": todo.git,
        "complete": ended.complete,
        "problem": told,
        "seconds": time.monotonic() - started,
        "declared": {relay.address: relay.position for relay in job.landscape.relays},
    }
    show.now(lambda: console.show("apply", forms.TEXT if bug else form, ended.outcomes, **beside))
    if offline:
        count = handed_files.write(offline, ended.outcomes)
        console.note(
            f"Scripts and parameters for {plural(count, 'resource')} in {offline}; secrets are asked for there."
        )
    if problem is not None and (bug or form == forms.TEXT):
        raise problem
    if show.lost is not None:
        raise show.lost
    if job.stopped():
        return ExitCode.INTERRUPTED
    if isinstance(problem, ReconcilerError):
        return problem.exit_code
    return ExitCode.DONE if ended.complete else ExitCode.INCOMPLETE


def _ended(todo: Plan, job: Job, show: _Show) -> Ended:
    outcomes: list[Outcome] = []
    begun: set[str] = set()  # environments
    try:
        for event in apply.run(todo, job):
            show.event(event, outcomes)
            if isinstance(event, Outcome):
                outcomes.append(event)
            elif isinstance(event, apply.StageStarted):
                begun |= set(event.names)
    except KeyboardInterrupt:  # the second one
        return Ended(outcomes=(*outcomes, *_untold(todo, outcomes, begun)))
    except ReconcilerError as error:  # raised before a stage writes: what fails later has an outcome
        return Ended(outcomes=(*outcomes, *_untold(todo, outcomes, (), error.finding())), problem=error)
    except Exception as error:  # noqa: BLE001  # a bug
        return Ended(outcomes=(*outcomes, *_untold(todo, outcomes, begun)), problem=error)
    return Ended(outcomes=tuple(outcomes))


class _Show:
    """Prints what happens as it happens. Who reads may leave (`| head`): then the rest is done in silence."""

    def __init__(self, form: str) -> None:
        self._quiet, self._gone = form != forms.TEXT, False
        self._paper = console.paper()
        self.lost: console.Unwritable | None = None

    def event(self, event: apply.Event, before: Sequence[Outcome]) -> None:
        if not self._quiet:
            self.now(lambda: console.result(_text(event, self._paper, before)))

    def now(self, printed: Callable[[], None]) -> None:
        if self._gone:
            return
        try:
            printed()
        except BrokenPipeError:
            self._gone = True
        except console.Unwritable as error:  # what was begun is carried on, and this is told at the end
            self._gone, self.lost = True, error


def _untold(
    todo: Plan, outcomes: Sequence[Outcome], begun: Collection[str], error: Finding | None = None
) -> Iterator[Outcome]:
    """For a run that broke off: what was to be written in an environment that had begun may have been."""
    told = {outcome.address for outcome in outcomes}
    for change in todo.changes:
        if change.writes and change.address not in told:
            known = change.address.environment not in begun
            status = OutcomeStatus.NOT_ATTEMPTED if known else OutcomeStatus.UNKNOWN
            yield Outcome(address=change.address, status=status, error=error)


def _text(event: apply.Event, paper: Paper, before: Sequence[Outcome]) -> Printable:
    match event:
        case apply.StageStarted(names=names):
            return view.stage(names, paper)
        case apply.Handshakes(results=results):
            return view.proven(results, paper)
        case apply.Soaking(seconds=seconds):
            return view.soaking(seconds, paper)
        case Recovered():
            return recovered.line(event, paper)
        case Outcome():
            same = bool(before) and before[-1].address.unit == event.address.unit
            return view.outcome(event, paper, new_unit=not same)
