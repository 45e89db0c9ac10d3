"""A few of the faults of benchmarks/zones_faults.py, one of each kind; and a worker of another release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.servers.rabbit import Rabbit
from lab.zones import lab as labs
from lab.zones import releases
from lab.zones.faults import FAULTS, ZONE
from lab.zones.lab import Options
from lab.zones.trial import Trials

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(Rabbit.missing() is not None, reason=str(Rabbit.missing())),
]
# of each kind one; the others take long, or are covered by these
FEW = {
    "worker killed": 2,
    "worker frozen, awake after the next run": 2,
    "broker killed": 1,
    "link cut until after the run": 1,
    "coordinator killed": 1,
    "interrupted (Ctrl-C)": 1,
    "no worker in the zone": 0,
}


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    with labs.started(Options(deadline=6)) as lab:
        found = Trials(lab, seed=7)
        found.baseline()
        yield found


def test_nothing_is_written_twice_or_told_wrongly(trials: Trials) -> None:
    known = {fault.name: fault for fault in FAULTS}
    results = [trials.trial(known[name], max(1, workers)) for name, workers in FEW.items()]
    assert {f"{one.fault}: {line}" for one in results for line in one.wrong} == set()


def test_a_worker_of_another_release_is_said_at_once(tmp_path: Path) -> None:
    """It is an answer and no silence; the other zone goes on."""
    with labs.started(Options(deadline=30)) as lab:
        other = releases.other(tmp_path / "other")
        lab.zones[ZONE].start_worker(environ={"PYTHONPATH": str(other)})
        lab.zones["plant"].start_worker()
        assert all(lab.listens(zone) for zone in lab.zones), lab.zones[ZONE].log(0).read_text("utf-8")
        done = lab.run("apply", "--auto-approve", "--format", "json")
        servers = {name: zone.ask("servers") for name, zone in lab.zones.items()}
        shown = lab.run("zones")
    assert [row["name"] for row in servers["plant"]] == ["main"], done.stdout + done.stderr
    assert servers[ZONE] == []
    assert "0.2.0" in done.stdout + done.stderr
    assert "0.2.0" in shown.stdout
