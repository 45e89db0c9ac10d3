"""Platforms that are reached over HTTP, behind the proxy of faults: told in time, converged once they are over."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from lab.subjects import openspp, outsystems_odc
from support import fault_proxy
from support.fault_proxy import Asked, FaultProxy

from reconciler.drivers import per_process
from reconciler.model.plan import Plan
from reconciler.testing import Subject, expect
from reconciler.testing.trial import Trial

pytestmark = pytest.mark.crash

TIMEOUT = 1.0  # seconds a call, while there is a fault
AFTERWARDS = 20.0  # seconds a call: then it is about what is done, not about when, and the machine is shared
SUBJECTS = {**openspp.VARIANTS, "odc": outsystems_odc.subject}
# of the address in a connection, which key has it
KEYS = {"openspp": "url", "outsystems-odc": "portal"}
# a plan is some calls, and each has its time; the machine is shared
PLAN, APPLY = 15.0, 40.0


class Behind:
    """The subject, with the proxy's address in its connection."""

    def __init__(self, subject: Subject, proxy: FaultProxy) -> None:
        self._subject, self._proxy, self.timeout = subject, proxy, AFTERWARDS

    @property
    def connection(self) -> Mapping[str, Any]:
        return {**self._subject.connection, KEYS[self._subject.kind]: self._proxy.address, "timeout": self.timeout}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._subject, name)


def writes(asked: Asked) -> bool:
    """As far as a proxy can tell: what is a read is said by its path or its body."""
    text = asked.raw.partition(b"\r\n\r\n")[2].decode("utf-8", "replace") + asked.path
    reads = ("search", "read", "get", "version", "authenticate", "token", "common", "check_access", "context_get")
    return asked.method in ("POST", "PUT", "PATCH") and not any(word in text for word in reads)


@pytest.mark.parametrize("fault", fault_proxy.NAMES)
@pytest.mark.parametrize("name", SUBJECTS)
def test_a_plan_that_meets_a_fault_ends_in_time_and_says_so(name: str, fault: str, tmp_path: Path) -> None:
    with SUBJECTS[name](tmp_path / "subject") as subject, FaultProxy(port(subject)) as proxy:
        trial = declared(subject, proxy, tmp_path / "trial")
        begin(trial, proxy, fault)
        start, made = time.monotonic(), trial.plan()
        assert time.monotonic() - start < PLAN
        assert proxy.met
        assert subject.writes() == 0
        if not made.complete:
            assert all(finding.fix or finding.why for finding in findings(made))
        over(trial, proxy)
        expect.complete(trial.plan(), "after the fault")


@pytest.mark.parametrize("fault", fault_proxy.NAMES)
@pytest.mark.parametrize("name", SUBJECTS)
def test_an_apply_whose_first_write_meets_a_fault_converges_afterwards(name: str, fault: str, tmp_path: Path) -> None:
    with SUBJECTS[name](tmp_path / "subject") as subject, FaultProxy(port(subject)) as proxy:
        subject.foreign()
        trial = declared(subject, proxy, tmp_path / "trial")
        todo, unmanaged = trial.plan(), subject.unmanaged()
        proxy.times, proxy.when = 1, writes
        begin(trial, proxy, fault)
        start, outcomes = time.monotonic(), trial.apply(todo)
        assert time.monotonic() - start < APPLY
        assert proxy.met == 1
        told = json.dumps([str(one) for one in outcomes])
        assert not [word for word in subject.environ.values() if word in told]
        over(trial, proxy)
        ends = repaired(trial)
        expect.in_sync(trial.plan(), f"after {fault} and {ends}")
        assert subject.unmanaged() == unmanaged, "something was made twice, or left behind"


def test_who_asks_through_the_proxy_knows_that_the_connection_ends(tmp_path: Path) -> None:
    """Else a write that follows at once may be lost as it hangs up: a fault that nobody asked for."""
    with SUBJECTS["19-json2"](tmp_path) as subject, FaultProxy(port(subject)) as proxy:
        version = Request(proxy.address + "/web/webclient/version_info", b"{}", {"Content-Type": "application/json"})
        with urlopen(version, timeout=AFTERWARDS) as answer:
            assert answer.headers["Connection"] == "close"
            assert json.load(answer)


def declared(subject: Subject, proxy: FaultProxy, folder: Path) -> Trial:
    trial = Trial(subject=Behind(subject, proxy), folder=folder)  # type: ignore[arg-type]
    trial.declare(subject.first)
    return trial


def begin(trial: Trial, proxy: FaultProxy, fault: str) -> None:
    proxy.fault = fault
    patience(trial, TIMEOUT)


def over(trial: Trial, proxy: FaultProxy) -> None:
    proxy.off()
    patience(trial, AFTERWARDS)


def patience(trial: Trial, seconds: float) -> None:
    """Of the next run, a process of its own: it remembers no failure of this one."""
    trial.subject.timeout = seconds  # type: ignore[attr-defined]
    trial.declare(trial.subject.first)
    per_process.reset()


def repaired(trial: Trial) -> str:
    """What each of at most three more runs did, in words. A plan that could not read everything is none."""
    told = []
    for _ in range(3):
        expect.complete(again := trial.plan(), "after the fault")
        if not again.applyable:
            break
        told.append(expect.ended(trial.apply(again)))
    return "; then ".join(told) or "no other run"


def findings(made: Plan) -> list[Any]:
    return [*made.findings, *(finding for change in made.changes for finding in change.findings)]


def port(subject: Subject) -> int:
    return int(str(subject.connection[KEYS[subject.kind]]).rpartition(":")[2].partition("/")[0])
