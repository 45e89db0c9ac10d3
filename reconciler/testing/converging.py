"""Promises about getting there: from nothing, from what people left, to another declaration, and not twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reconciler.model.change import Action
from reconciler.model.outcome import WRITTEN
from reconciler.testing import expect
from reconciler.testing.subject import Subject
from reconciler.testing.trial import Trial


def converges_from_empty(subject: Subject, folder: Path) -> None:
    """One plan and one apply bring what is declared, secrets too; then there is nothing left to do."""
    trial = Trial(subject=subject, folder=folder)
    converge(trial, subject.first, "from empty")
    _secrets_arrived(subject, subject.first)


def converges_from_foreign_state(subject: Subject, folder: Path) -> None:
    """The same, where people have set other values by hand."""
    trial = Trial(subject=subject, folder=folder)
    untouched = subject.settings()
    subject.foreign()
    expect.expect(
        subject.settings() != untouched or bool(subject.unmanaged()),
        "`foreign()` left nothing: neither other values in `settings()`, nor anything in `unmanaged()`",
    )
    converge(trial, subject.first, "from what people left there")
    _secrets_arrived(subject, subject.first)


def converges_to_a_second_declaration(subject: Subject, folder: Path) -> None:
    """Other values replace the first ones, and the first ones come back."""
    trial = Trial(subject=subject, folder=folder)
    converge(trial, subject.first, "at first")
    first = subject.settings()
    converge(trial, subject.second, "with a second declaration")
    _secrets_arrived(subject, subject.second)
    expect.expect(
        subject.settings() != first,
        "after another declaration the platform's settings are the same: `second` has no other values, or the writer "
        "did not write what the reader shows",
    )
    converge(trial, subject.first, "back to the first declaration")
    expect.expect(
        subject.settings() == first,
        "the first declaration, applied again after the second, leaves other settings than it did at first",
    )


def applying_twice_writes_once(subject: Subject, folder: Path) -> None:
    """A second apply sends nothing that could change anything: of a new plan, and of the saved one."""
    trial = Trial(subject=subject, folder=folder)
    before = subject.writes()
    todo = converge(trial, subject.first, "at first")
    once = subject.writes()
    expect.expect(once > before, "an apply wrote, and `writes()` did not count it")
    for again, name in ((trial.plan(), "a second plan"), (todo, "the saved plan, applied once more,")):
        written = [one for one in trial.apply(again) if one.status in WRITTEN]
        expect.expect(not written, f"{name} wrote again: {expect.ended(written)}")
        expect.expect(subject.writes() == once, f"{name} sent {subject.writes() - once} requests that write")


def converge(trial: Trial, resources: Mapping[str, Any], when: str) -> Any:
    """Plan, apply, and a plan without changes; gives back the first plan."""
    trial.declare(resources)
    todo = trial.plan()
    expect.complete(todo, when)
    blocked = [change for change in todo.changes if change.action in (Action.BLOCKED, Action.MANUAL)]
    expect.expect(not blocked, f"{when}, a person would have to do something: {expect.changes(blocked)}")
    expect.succeeded(trial.apply(todo), when)
    expect.in_sync(trial.plan(), f"{when}, after an apply")
    return todo


def _secrets_arrived(subject: Subject, resources: Mapping[str, Any]) -> None:
    there = list(texts(subject.settings()))
    for name in sorted(set(_references(resources))):
        expect.expect(name in subject.environ, f"the subject declares {{env: {name}}}, and `environ` has no {name}")
        expect.expect(
            any(subject.environ[name] in text for text in there),
            f"the secret of {{env: {name}}} is not among `settings()`: the writer did not write it, or `settings()` "
            "omits secrets",
        )


def _references(tree: Any) -> Iterator[str]:
    if isinstance(tree, Mapping):
        if isinstance(tree.get("env"), str) and set(tree) <= {"env", "version"}:
            yield tree["env"]
            return
        for value in tree.values():
            yield from _references(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _references(value)


def texts(tree: Any) -> Iterator[str]:
    """All that stands in it, as text."""
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from texts(value)
    elif isinstance(tree, list | tuple | set | frozenset):
        for value in tree:
            yield from texts(value)
    elif tree is not None:
        yield tree.decode(errors="replace") if isinstance(tree, bytes) else str(tree)
