"""The promise about going back: the settings of before, on request, from `pipeline.restore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.settings import Absent, Live, Present, Reading
from reconciler.pipeline.write import restore
from reconciler.testing import expect
from reconciler.testing.converging import converge
from reconciler.testing.subject import Subject, read_by_somebody
from reconciler.testing.trial import Trial


def earlier_settings_are_restored(subject: Subject, folder: Path) -> None:
    """What an update changed is as before again; a secret that nobody knows is named; then all goes on as usual."""
    read_by_somebody(subject)
    trial = Trial(subject=subject, folder=folder)
    subject.foreign()
    converge(trial, subject.first, "at first")
    first, unmanaged = subject.settings(), subject.unmanaged()
    trial.declare(subject.second)
    _there_and_back(trial, "an update")
    expect.expect(subject.unmanaged() == unmanaged, "restoring changed undeclared settings")
    trial.declare(subject.first)
    left = [change for change in trial.plan().changes if any(not field.sensitive for field in change.fields)]
    expect.expect(not left, f"after restoring, more than secrets differs from before: {expect.changes(left)}")
    converge(trial, subject.first, "after restoring")
    expect.expect(subject.settings() == first, "after restoring and an apply, the settings are not those of before")


def what_was_created_is_taken_back(subject: Subject, folder: Path) -> None:
    """A first apply, taken back: what it created is archived or cleared, what it took over has its own settings."""
    read_by_somebody(subject)
    trial = Trial(subject=subject, folder=folder)
    subject.foreign()
    unmanaged = subject.unmanaged()
    trial.declare(subject.first)
    _there_and_back(trial, "a first apply")
    expect.expect(subject.unmanaged() == unmanaged, "restoring changed undeclared settings")
    converge(trial, subject.first, "after it was undone")


def _there_and_back(trial: Trial, what: str) -> None:
    todo, before = trial.plan(), trial.read()
    expect.complete(todo, f"before {what}")
    changes = [change for change in todo.changes if change.writes]
    expect.expect(bool(changes), f"{what} has nothing to write: `second` must differ from `first`")
    expect.succeeded(trial.write(changes), what)
    after = trial.read()
    for change in reversed(changes):
        old, new = restore.previous_settings(change, before), after.live(change.address.resource)
        back = restore.earlier(change, old, now=new)
        expect.expect(back is not None, f"nothing undoes {expect.changes([change])}")
        if back is not None and back.writes:
            expect.succeeded(trial.write([back]), f"restoring after {what}: {expect.changes([back])}")
    _as_before(changes, before, trial.read(), what)


def _as_before(changes: Sequence[Change], before: Reading, after: Reading, what: str) -> None:
    for change in changes:
        place, old = change.address.resource, restore.previous_settings(change, before)
        new = after.live(place)
        if isinstance(old, Present):
            shown = _shown(new)
            other = [
                field.field
                for field in change.fields
                if not field.sensitive and shown.get(field.field) != old.settings.get(field.field)
            ]
            expect.expect(not other, f"after {what} was undone, {place} differs from before: {', '.join(other)}")
            continue
        expect.expect(isinstance(old, Absent), f"{place} could not be read before {what}")
        expect.expect(_taken_back(place, change, new), f"after {what} was undone, {place} is still in use")


def _taken_back(place: Resource, change: Change, live: Live) -> bool:
    if place.key is not None:
        return not isinstance(live, Present) or live.archived
    shown = _shown(live)
    return all(shown.get(field.field) is None for field in change.fields)


def _shown(live: Live) -> Mapping[str, object]:
    return live.settings if isinstance(live, Present) else {}
