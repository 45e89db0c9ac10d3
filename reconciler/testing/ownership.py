"""Promises about what is whose: unmanaged settings, changes by hand, what leaves the files, and adoption."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import SkipTest

from reconciler.model.address import Resource
from reconciler.model.change import Action, Cause
from reconciler.model.settings import Live, Present, Reading
from reconciler.testing import expect
from reconciler.testing.converging import converge
from reconciler.testing.subject import Subject, read_by_somebody
from reconciler.testing.trial import Trial


def unmanaged_settings_survive(subject: Subject, folder: Path) -> None:
    """What nobody declares stays as people set it, whatever is applied beside it."""
    trial = Trial(subject=subject, folder=folder)
    subject.foreign()
    before = subject.unmanaged()
    expect.expect(bool(before), "`foreign()` must leave something undeclared, and `unmanaged()` must show it")
    for resources, when in ((subject.first, "the first"), (subject.second, "the second"), ({}, "an empty")):
        trial.declare(resources)
        expect.succeeded(trial.apply(trial.plan()), f"with {when} declaration")
        expect.expect(
            subject.unmanaged() == before,
            f"applying {when} declaration changed settings that it does not name: read what the platform's setter "
            "would reset, and send it along",
        )


def drift_is_named_and_healed(subject: Subject, folder: Path) -> None:
    """After an edit by hand exactly that setting differs, it is the platform that moved, and apply puts it back."""
    read_by_somebody(subject)
    trial = Trial(subject=subject, folder=folder)
    converge(trial, subject.first, "at first")
    declared = subject.settings()
    subject.edited()
    expect.expect(subject.settings() != declared, "`edited()` changed nothing that `settings()` shows")
    todo = trial.plan()
    expect.complete(todo, "after an edit by hand")
    # a moved marker makes secrets suspicious too: nobody can see whether they were edited
    moved = [(change, field) for change in todo.changes for field in change.fields if not field.sensitive]
    names = ", ".join(f"{change.address.resource} {field.field}" for change, field in moved)
    expect.expect(len(moved) == 1, f"one setting was edited by hand, and the plan names: {names or 'none'}")
    change, field = moved[0]
    expect.expect(
        change.action is Action.UPDATE, f"one setting was edited by hand; planned is {expect.changes([change])}"
    )
    expect.expect(
        field.cause is Cause.PLATFORM, f"{names} was edited by hand, and the plan names as its cause: {field.cause}"
    )
    expect.succeeded(trial.apply(todo), "while an edit by hand is healed")
    expect.in_sync(trial.plan(), "after an edit by hand was healed")
    expect.expect(subject.settings() == declared, "after an edit by hand was healed, the settings are not as before")


def what_leaves_the_files_is_archived_or_released(subject: Subject, folder: Path) -> None:
    """A resource of a collection with our mark is archived, all else stays as it is; declared again, it is back."""
    trial = Trial(subject=subject, folder=folder)
    subject.foreign()
    converge(trial, subject.first, "at first")
    declared, reading = subject.settings(), trial.read()
    expected = {resource: _fate(resource, live) for resource, live in trial.live(reading).items()}
    trial.declare({})
    todo, writes = trial.plan(), subject.writes()
    planned = {change.address.resource: change.action for change in todo.changes}
    told = ", ".join(f"{resource}: {action}, not {planned.get(resource)}" for resource, action in expected.items())
    expect.expect(
        planned == expected, f"what is no longer declared must be archived if it has our mark, else released: {told}"
    )
    expect.succeeded(trial.apply(todo), "after nothing was declared any more")
    if Action.ARCHIVE not in expected.values():
        same = subject.writes() == writes and subject.settings() == declared
        expect.expect(same, "a released resource was changed; its settings must stay as they are")
    after = trial.read()
    used = [str(resource) for resource, fate in expected.items() if fate is Action.ARCHIVE and _in_use(after, resource)]
    expect.expect(not used, f"archived, and still in use: {', '.join(used)}")
    left = [change for change in trial.plan().changes if change.action is not Action.NONE]
    expect.expect(not left, f"what is no longer declared is planned again and again: {expect.changes(left)}")
    converge(trial, subject.first, "declared again")
    expect.expect(subject.settings() == declared, "declared again, the settings are not as before")


def a_foreign_object_is_adopted_by_name(subject: Subject, folder: Path) -> None:
    """`adopt: {name: …}` takes over the one object of that name, and makes no second one beside it.

    Raises AssertionError; SkipTest for a platform whose objects have no names.
    """
    trial = Trial(subject=subject, folder=folder)
    subject.foreign()
    trial.declare(subject.first)
    before = trial.read()
    names = Counter((one.collection, one.name) for one in before.strangers)
    places = [one.address.resource for one in trial.land().desired]
    taken = {(place.collection, place.key) for place in places}
    once = [one for one in before.strangers if names[one.collection, one.name] == 1 and not one.live.archived]
    # one that is not called as a declared resource is: else it would be taken over without being asked for
    stranger = next((one for one in once if (one.collection, one.name) not in taken), None)
    places = sorted((place for place in places if stranger and place.collection == stranger.collection), key=str)
    if stranger is None or not places or places[0].key is None:
        raise SkipTest("this platform shows no objects that could be adopted")
    trial.declare(_adopting(subject.first, places[0].collection, places[0].key, stranger.name))
    todo = trial.plan()
    change = next(one for one in todo.changes if one.address.resource == places[0])
    adopts = change.action is Action.ADOPT and str(change.id) == str(stranger.id)
    expect.expect(adopts, f"adopt: {{name: {stranger.name}}} planned {expect.changes([change])} of id {change.id}")
    expect.succeeded(trial.apply(todo), "adopting")
    after = trial.read()
    live = after.live(change.address.resource)
    ours = isinstance(live, Present) and live.mark and str(live.id) == str(stranger.id)
    expect.expect(ours, f"{change.address.resource} is not the adopted object with our mark")
    again = [one for one in after.strangers if str(one.id) == str(stranger.id)]
    expect.expect(not again, f"the adopted object {stranger.name} still counts as unmanaged")
    expect.in_sync(trial.plan(), "after an adoption")


def _fate(resource: Resource, live: Live) -> Action:
    ours = resource.key is not None and isinstance(live, Present) and live.mark and not live.archived
    return Action.ARCHIVE if ours else Action.RELEASED


def _in_use(reading: Reading, resource: Resource) -> bool:
    live = reading.live(resource)
    return isinstance(live, Present) and not live.archived


def _adopting(resources: Mapping[str, Any], collection: str, key: str, name: str) -> dict[str, Any]:
    members = {**resources[collection], key: {**resources[collection][key], "adopt": {"name": name}}}
    return {**resources, collection: members}
