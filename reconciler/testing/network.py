"""Promises about a network as networks are: limits, latency, and calls that fail in passing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import SkipTest

from reconciler.testing import expect
from reconciler.testing.converging import converge
from reconciler.testing.subject import Limiting, Subject
from reconciler.testing.trial import Trial

CALLS, SECONDS = 6, 0.5  # the limit: below what one plan and one apply need
LATENCY, FAILING = 0.1, 0.05
ROUNDS = 5  # plans and applies until a passing failure must have passed


def a_rate_limit_is_honoured(subject: Subject, folder: Path) -> None:
    """The same result in one run, later; and who is refused waits, instead of asking again at once."""
    _network_only(subject)
    trial = Trial(subject=subject, folder=folder, patience=10.0)
    converge(trial, subject.first, "without a limit")
    first = subject.settings()
    converge(trial, subject.second, "without a limit")
    started, refused = time.monotonic(), _refused(subject)
    trial.declare(subject.first)
    with subject.limited(calls=CALLS, seconds=SECONDS):
        todo = trial.plan()
        expect.complete(todo, f"at {CALLS} calls in {SECONDS} s")
        expect.succeeded(trial.apply(todo), f"at {CALLS} calls in {SECONDS} s")
    took = time.monotonic() - started
    expect.expect(subject.settings() == first, "under a rate limit the settings differ from those without one")
    # whoever does not know the limit runs into it once in each window; twice is still patience
    often, allowed = _refused(subject) - refused, 2 * (took / SECONDS + 1)
    expect.expect(often <= allowed, f"{often} calls were refused within {took:.1f} s: wait as long as the answer says")


def latency_and_failing_calls_change_the_time_only(subject: Subject, folder: Path) -> None:
    """At 100 ms a call, with every twentieth failing, the result is the same after some rounds."""
    _network_only(subject)
    trial = Trial(subject=subject, folder=folder, patience=5.0)
    converge(trial, subject.first, "undisturbed")
    first, unmanaged = subject.settings(), subject.unmanaged()
    converge(trial, subject.second, "undisturbed")
    second = subject.settings()
    with subject.disturbed(latency=LATENCY, failing=FAILING):
        _at_last(trial, subject.first)
    expect.expect(subject.settings() == first, "latency and failing calls led to other settings")
    expect.in_sync(trial.plan(), "after latency and failing calls")
    with subject.disturbed(latency=0.0, failing=FAILING):
        for resources, settings in ((subject.second, second), (subject.first, first)) * 2:
            _at_last(trial, resources)
            expect.expect(subject.settings() == settings, "failing calls led to other settings")
    expect.expect(subject.unmanaged() == unmanaged, "failing calls left something undeclared behind")


def _at_last(trial: Trial, resources: Mapping[str, Any]) -> None:
    trial.declare(resources)
    told = ""
    for _ in range(ROUNDS):
        todo = trial.plan()
        outcomes = trial.apply(todo)
        if todo.complete and all(one.status in expect.WELL for one in outcomes):
            return
        told = f"{expect.changes(todo.changes)}: {expect.ended(outcomes)}"
    raise AssertionError(f"with {FAILING:.0%} of the calls failing, {ROUNDS} rounds did not converge: {told}")


def _network_only(subject: Subject) -> None:
    if not subject.reached_by_network:
        raise SkipTest("this platform is not reached by a network")


def _refused(subject: Subject) -> int:
    return subject.refused() if isinstance(subject, Limiting) else 0
