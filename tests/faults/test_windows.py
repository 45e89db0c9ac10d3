"""A Windows server behind the proxy of faults, by PowerShell remoting: told in time, converged once they are over."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lab.subjects import windows_smtp
from support import fault_proxy
from support.fault_proxy import FaultProxy

from reconciler.drivers import per_process
from reconciler.testing import Subject, expect
from reconciler.testing.trial import Trial

pytestmark = pytest.mark.crash

TIMEOUT, AFTERWARDS = 1.5, 60.0  # seconds of one script: while there is a fault, and after it
UNTIL_IT_COMES = 12.0  # seconds of one script in which the fault has to be met
PLAN, APPLY = 15.0, 60.0  # seconds; the machine is shared


class Behind:
    """The subject, with the proxy's port in its connection."""

    def __init__(self, subject: Subject, proxy: FaultProxy) -> None:
        self._subject, self._proxy, self.timeout = subject, proxy, AFTERWARDS

    @property
    def connection(self) -> Mapping[str, Any]:
        return {**self._subject.connection, "port": self._proxy.port, "timeout": self.timeout}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._subject, name)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Subject, FaultProxy, Trial]]:
    with (
        windows_smtp.subject(tmp_path / "subject") as subject,
        FaultProxy(int(str(subject.connection["port"])), kept=True) as proxy,
    ):
        trial = Trial(subject=Behind(subject, proxy), folder=tmp_path / "trial")  # type: ignore[arg-type]
        subject.foreign()
        trial.declare(subject.first)
        yield subject, proxy, trial


def patience(trial: Trial, seconds: float) -> None:
    """Of the next run, a process of its own."""
    trial.subject.timeout = seconds  # type: ignore[attr-defined]
    trial.declare(trial.subject.first)
    per_process.reset()


@pytest.mark.parametrize("fault", fault_proxy.NAMES)
def test_a_plan_that_meets_a_fault_ends_in_time_and_says_so(
    server: tuple[Subject, FaultProxy, Trial], fault: str
) -> None:
    subject, proxy, trial = server
    patience(trial, TIMEOUT)
    proxy.fault = fault
    start, made = time.monotonic(), trial.plan()
    assert time.monotonic() - start < PLAN
    assert proxy.met
    assert subject.writes() == 0
    told = [*made.findings, *(one for change in made.changes for one in change.findings)]
    assert made.complete or all(one.why or one.fix for one in told)
    proxy.off()
    patience(trial, AFTERWARDS)
    expect.complete(trial.plan(), "after the fault")


@pytest.mark.parametrize("number", [2, 5, 8])
@pytest.mark.parametrize("fault", ["answer lost", "500 after it", "request doubled", "endless body"])
def test_an_apply_that_meets_a_fault_converges_afterwards(
    server: tuple[Subject, FaultProxy, Trial], fault: str, number: int
) -> None:
    """What is sent is encrypted, so the fault meets a message by its number."""
    _, proxy, trial = server
    todo = trial.plan()
    patience(trial, UNTIL_IT_COMES)
    seen = iter(range(1, 10_000))
    proxy.times, proxy.when = 1, lambda asked: next(seen) == number
    proxy.fault = fault
    start, _outcomes = time.monotonic(), trial.apply(todo)
    assert time.monotonic() - start < APPLY
    assert proxy.met == 1
    proxy.off()
    patience(trial, AFTERWARDS)
    for _ in range(3):
        expect.complete(again := trial.plan(), "after the fault")
        if not again.applyable:
            break
        trial.apply(again)
    expect.in_sync(trial.plan(), f"after {fault} at message {number}")
