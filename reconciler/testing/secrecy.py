"""The promise about secrets: whatever the tool says or keeps, no value of a secret is in it, in no disguise."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.model import codec
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.runs import codec as runs
from reconciler.pipeline import guard
from reconciler.secrets.redact import forms
from reconciler.testing import expect
from reconciler.testing.subject import Subject, Typist
from reconciler.testing.trial import Trial
from reconciler.views import apply as apply_view
from reconciler.views import explain as explain_view
from reconciler.views.paper import Paper
from reconciler.views.plans import drift as drift_view
from reconciler.views.plans import markdown as plan_markdown
from reconciler.views.plans import text as plan_view

MOST = 20  # places that are named
SHORTEST = 8  # characters: a shorter text may be found where it is not meant


def secrets_are_never_echoed(subject: Subject, folder: Path) -> None:
    """Every value of `environ` is looked for in all that is printed, kept, logged, raised and read."""
    short = [name for name, value in subject.environ.items() if len(value) < SHORTEST]
    expect.expect(not short, f"{', '.join(short)} of `environ`: under {SHORTEST} characters, too short to search for")
    trial, said = Trial(subject=subject, folder=folder), Said()
    with said.listening():
        subject.foreign()
        trial.declare(subject.first)
        said.read(trial, "foreign state")
        said.run(trial, "the first apply")
        subject.edited()
        said.run(trial, "an apply of drift")
        trial.declare(subject.second)
        said.failing(trial, "an apply that fails")
        said.run(trial, "an apply of other secrets")
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and _ours(path, trial)):
        said.add(f"the file {file.relative_to(folder)}", file.read_text(encoding="utf-8", errors="replace"))
    leaks = sorted({f"{place} shows {name}" for place, text in said.texts for name in _found(text, subject.environ)})
    more = f"; and {len(leaks) - MOST} more" if len(leaks) > MOST else ""
    expect.expect(not leaks, f"a secret leaks: {'; '.join(leaks[:MOST])}{more}")


@dataclass(slots=True)
class Said:
    """All texts by the place where they show."""

    texts: list[tuple[str, str]] = field(default_factory=list)

    def add(self, place: str, text: str) -> None:
        self.texts.append((place, text))

    def read(self, trial: Trial, when: str) -> None:
        reading = trial.read()
        for resource, live in reading.resources.items():
            self.add(f"the Reading of {resource} ({when})", repr(live))
        self.add(f"the Reading ({when})", repr(reading))

    def run(self, trial: Trial, when: str) -> None:
        todo = trial.plan()
        self._plan(todo, trial, when)
        outcomes = trial.apply(todo)
        self._outcomes(outcomes, when)
        expect.succeeded(outcomes, when)
        self.read(trial, f"after {when}")
        self._plan(trial.plan(), trial, f"after {when}")

    def failing(self, trial: Trial, when: str) -> None:
        """The writer itself, and the whole stage, while the platform cannot be read."""
        if isinstance(trial.subject, Typist):
            return  # only a person writes
        todo, spec = trial.plan(), trial.spec()
        with trial.subject.unreadable(), trial.secrets() as secrets:
            self._outcomes(trial.apply(todo), when)
            self._plan(trial.plan(), trial, when)
            opener = secrets.opener(spec.connection_secrets | spec.mail_secrets)
            for change in (change for change in todo.changes if change.writes):
                try:
                    writer = guard.platform(spec.kind).writer(spec.unit, spec.connection, opener)
                    with contextlib.closing(writer):
                        writer.write(change)
                        self.add("the writer's repr", repr(writer))
                except Exception as error:  # noqa: BLE001  # whatever it is, it must not tell
                    self.add(f"the exception of {when}", "\n".join(_told(error)))

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """What is logged, at DEBUG and before anything is redacted, and what is printed."""
        root, handler, printed = logging.getLogger(), _Log(self), io.StringIO()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                yield
        finally:
            root.setLevel(level)
            root.removeHandler(handler)
            self.add("what is printed", printed.getvalue())

    def _plan(self, todo: Plan, trial: Trial, when: str) -> None:
        paper, land = Paper(), trial.land()
        self.add(f"the plan as JSON ({when})", json.dumps(codec.plan(todo), ensure_ascii=False))
        self.add(f"the plan ({when})", plan_view.text(todo, paper))
        self.add(f"the plan as Markdown ({when})", plan_markdown.text(todo, next_command=None))
        self.add(f"the drift ({when})", drift_view.text(todo, paper))
        self.add(f"explain ({when})", explain_view.text(land.desired, {}, paper))
        self.add(f"the plan's repr ({when})", repr(todo))

    def _outcomes(self, outcomes: tuple[Outcome, ...], when: str) -> None:
        paper = Paper()
        for one in outcomes:
            self.add(f"the outcome as JSON ({when})", json.dumps(runs.outcomes([one], {}), ensure_ascii=False))
            self.add(f"the outcome ({when})", apply_view.outcome(one, paper, new_unit=True))
        self.add(f"the summary ({when})", apply_view.summary(outcomes, 0.0, paper))


class _Log(logging.Handler):
    def __init__(self, said: Said) -> None:
        super().__init__(logging.DEBUG)
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        self.said.add(f"the log {record.name}", self.format(record))


def _ours(path: Path, trial: Trial) -> bool:
    """Not what the subject keeps below the same folder: a platform's own file holds its secrets."""
    return any(path.is_relative_to(part) for part in (trial.root, trial.folder / ".reconciler"))


def _told(error: BaseException) -> Iterator[str]:
    yield "".join(traceback.format_exception(error))
    yield repr(error)
    yield repr(error.args)
    yield repr(vars(error))


def _found(text: str, environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if any(form in text for form in forms(value)):
            yield name
