"""Promises about reading: it writes nothing, and what cannot be read is not taken for absent."""

from __future__ import annotations

from pathlib import Path

from reconciler.engine import local
from reconciler.model.change import Action
from reconciler.model.checkup import Checkup
from reconciler.model.outcome import WRITTEN
from reconciler.model.plan import Plan
from reconciler.pipeline import guard
from reconciler.pipeline.observe import doctor
from reconciler.testing import expect
from reconciler.testing.converging import converge
from reconciler.testing.subject import Subject, Typist, read_by_somebody
from reconciler.testing.trial import Trial


def a_plan_writes_nothing(subject: Subject, folder: Path) -> None:
    """A reader has no way to write, and a plan changes nothing: from empty, from foreign state, and with drift.

    Raises AssertionError when one of them does.
    """
    trial = Trial(subject=subject, folder=folder)
    trial.declare(subject.first)
    if not isinstance(subject, Typist):  # else nothing is read
        _reader_cannot_write(trial)
    _quiet(trial, "on an empty installation")
    subject.foreign()
    _quiet(trial, "on what people left there")
    converge(trial, subject.first, "at first")
    subject.edited()
    trial.declare(subject.second)
    _quiet(trial, "with drift and another declaration")


def unreadable_is_not_absent(subject: Subject, folder: Path) -> None:
    """Nothing is created, archived or forgotten because the platform could not be read."""
    read_by_somebody(subject)
    trial = Trial(subject=subject, folder=folder)
    trial.declare(subject.first)
    earlier = trial.plan()
    _left_alone(trial, earlier, "before anything was applied")
    converge(trial, subject.first, "once it can be read again")
    trial.declare(subject.second)
    _left_alone(trial, trial.plan(), "after an apply")
    trial.declare({})
    _left_alone(trial, trial.plan(), "after everything left the files")
    converge(trial, subject.second, "once it can be read again")


def doctor_looks_and_writes_nothing(subject: Subject, folder: Path) -> None:
    """A platform's own `doctor` tells how it was reached, as whom, with which rights, and which version."""
    read_by_somebody(subject)
    trial = Trial(subject=subject, folder=folder)
    trial.declare(subject.first)
    subject.foreign()
    writes, settings, unmanaged = subject.writes(), subject.settings(), subject.unmanaged()
    found = _doctor(trial)
    expect.expect(found.ok, f"doctor finds a fault where there is none: {_wrong(found)}")
    asked = ("reached", "login", "write", "version") if guard.platform(trial.spec().kind).doctor else ("read",)
    missing = [name for name in asked if name not in [one.what for one in found.examined]]
    expect.expect(not missing, f"doctor tells nothing of {', '.join(missing)}: reconciler/model/checkup.py says what")
    with subject.unreadable():
        expect.expect(not _doctor(trial).ok, "doctor finds nothing wrong where the platform cannot be read")
    same = subject.writes() == writes and subject.settings() == settings and subject.unmanaged() == unmanaged
    expect.expect(same, "doctor changed something at the platform")


def _doctor(trial: Trial) -> Checkup:
    with trial.secrets() as secrets:
        return doctor.checkup(trial.spec(), local.means(secrets), trace=False)


def _wrong(found: Checkup) -> str:
    return "; ".join(f"{one.what}: {one.said}" for one in found.examined if one.ok is False)


def _reader_cannot_write(trial: Trial) -> None:
    spec = trial.spec()
    with trial.secrets() as secrets:
        reader = guard.platform(spec.kind).reader(spec.unit, spec.connection, secrets.opener(spec.connection_secrets))
        try:
            can = [name for name in ("write", "test") if hasattr(reader, name)]
            reader.read()
        finally:
            reader.close()
    expect.expect(
        not can, f"{type(reader).__name__}, which `reader()` gives, has {', '.join(can)}: return a type without them"
    )


def _quiet(trial: Trial, when: str) -> None:
    subject = trial.subject
    writes, settings, unmanaged = subject.writes(), subject.settings(), subject.unmanaged()
    expect.complete(trial.plan(), when)
    sent = subject.writes() - writes
    expect.expect(not sent, f"{when}, a plan sent {sent} requests that could change something")
    same = subject.settings() == settings and subject.unmanaged() == unmanaged
    expect.expect(same, f"{when}, a plan changed something at the platform")


def _left_alone(trial: Trial, earlier: Plan, when: str) -> None:
    """With a plan made meanwhile, and with one that was made while it could be read."""
    subject = trial.subject
    writes, settings, known = subject.writes(), subject.settings(), trial.state.load(trial.state.installations())
    with subject.unreadable():
        reading = trial.read()
        todo = trial.plan()
        outcomes = trial.apply(todo)
        remembered = trial.state.load(trial.state.installations()) == known
        outcomes = (*outcomes, *trial.apply(earlier))
    told = reading.unreadable is not None or any(change.action is Action.BLOCKED for change in todo.changes)
    if told or trial.land().desired:  # a reader that reads what is declared has nothing to ask for nothing
        tells = f"{when}, the reader did not say that it cannot read: raise a PlatformError, or give Unreadable"
        expect.expect(told, tells)
        expect.expect(not todo.complete, f"{when}, a plan of what cannot be read claims to be complete")
        expect.expect(remembered, f"{when}, the state forgot what was applied because the platform could not be read")
    wrong = [change for change in todo.changes if change.writes]
    expect.expect(not wrong, f"{when}, a plan of what cannot be read has: {expect.changes(wrong)}")
    wrote = [one for one in outcomes if one.status in WRITTEN]
    expect.expect(not wrote, f"{when}, an apply wrote while nothing could be read: {expect.ended(wrote)}")
    expect.expect(subject.writes() == writes, f"{when}, an apply sent requests that write while nothing could be read")
    expect.expect(subject.settings() == settings, f"{when}, settings changed while nothing could be read")
