"""One apply that meets one fault: what was told of each zone, what its console has, and how often it was written to."""

from __future__ import annotations

import json
import random
import subprocess
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from lab.zones.faults import OTHER, ZONE, Fault, Scene
from lab.zones.lab import Lab

SOON = 2.0  # seconds until `Fault.soon`
_INTERRUPTED = 130  # exit code
_CALM = 0.5  # seconds: a broker that was started again may still count workers that it has lost
_MOST = 90  # seconds that a run takes at most
_HAS = frozenset({"created", "updated", "adopted", "unchanged"})  # told: the console has it
_LEFT = frozenset({"not attempted", "skipped", "stale", "failed", "restored"})  # told: it has what it had
_WRITE = "ir.mail_server write"
# what must not be, by the word that each line of `Result.wrong` begins with
TWICE, FALSELY, SILENTLY, OTHERWISE = "written twice", "told wrongly", "without an outcome", "otherwise wrong"


@dataclass(slots=True, kw_only=True)
class Told:
    """Of one zone. `status` is None where its target was not planned, which findings then say."""

    zone: str
    status: str | None
    has: bool  # what was declared, once all is quiet
    writes: int
    why: str = ""
    fields: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Result:
    """`took` is from the fault to the end of the run, in seconds. `wrong` is empty where all holds."""

    fault: str
    workers: int
    into: str
    took: float = 0.0
    told: list[Told] = field(default_factory=list)
    next_told: list[Told] = field(default_factory=list)
    said: str = ""  # beside the outcomes
    next_said: str = ""
    wrong: list[str] = field(default_factory=list)


class Ran(NamedTuple):
    out: str
    err: str
    code: int


class Trials:
    """Trials in one lab, one after the other; each declares another priority, so that a console tells which it has."""

    def __init__(self, lab: Lab, seed: int) -> None:
        self._lab, self._random, self._number = lab, random.Random(seed), 10
        self._usual = 4.0  # seconds that an apply takes
        self._hit: list[subprocess.Popen[bytes]] = []

    def baseline(self) -> None:
        """Without a fault: everything is written. Raises RuntimeError where it is not."""
        for zone in self._lab.zones:
            self._ready(zone, 1)
        began = time.monotonic()
        found, said = self._run()
        self._usual = time.monotonic() - began
        if {one.status for one in found} != {"created"}:
            raise RuntimeError(f"the lab does not converge: {found} {said}")

    def trial(self, fault: Fault, workers: int) -> Result:
        """Once more where the run had ended before the fault came."""
        into = "the start" if fault.first else self._random.choice(("its write", "any moment"))
        result = self._trial(fault, workers, into)
        return result if result.took > 0 else self._trial(fault, workers, "its write")

    def _trial(self, fault: Fault, workers: int, into: str) -> Result:
        self._hit = []
        self._ready(ZONE, workers)
        self._ready(OTHER, 1)
        self._number += 1
        self._declare()
        seconds = self._random.uniform(0.3, 1.0)
        for zone in self._lab.zones.values():
            zone.ask("forget")
            zone.ask("slow", method="write", seconds=seconds)
        result = Result(fault=fault.name, workers=workers, into=into)
        scene, ran = self._met(fault, result, seconds)
        self._settle()
        result.told, result.said = self._compared(ran), ran.err
        self._judge(fault, result)
        self._next(fault, scene, result)
        for one in scene.hit:
            one.kill()
            one.wait()
        return result

    # the run that meets the fault

    def _met(self, fault: Fault, result: Result, seconds: float) -> tuple[Scene, Ran]:
        """The first of the zone's workers is hit, so that a second one may take over."""
        lab = self._lab
        scene = Scene(lab=lab, apply=None, workers=lab.zones[ZONE].alive()[: None if fault.first else 1])
        if fault.first:
            fault.strike(scene)
        began = time.monotonic()
        run = _Run(lab)
        scene.apply = run.process
        if not fault.first:
            self._wait(run.process, result.into, seconds)
            began = time.monotonic()
            fault.strike(scene)
        if fault.soon:
            run.ended(SOON)
            fault.soon(scene)
        if not run.ended(_MOST):
            run.process.kill()
            result.wrong.append(f"{SILENTLY}: it did not end within {_MOST} s")
            run.ended(_MOST)
        result.took = run.end - began
        if fault.afterwards and not fault.late:
            fault.afterwards(scene)
        self._hit = scene.hit
        return scene, run.told

    def _wait(self, apply: subprocess.Popen[str], into: str, seconds: float) -> None:
        until = time.monotonic() + (30 if into == "its write" else self._random.uniform(0.2, self._usual))
        while apply.poll() is None and time.monotonic() < until:
            if into == "its write" and self._lab.zones[ZONE].ask("met"):
                time.sleep(self._random.uniform(0, seconds + 0.1))
                return
            time.sleep(0.02)

    def _settle(self) -> None:
        """Until a write that is under way has come to its end at the console."""
        for zone in self._lab.zones.values():
            until = time.monotonic() + 3
            while zone.ask("met") and not zone.ask("writes") and time.monotonic() < until:
                time.sleep(0.05)

    # what holds

    def _judge(self, fault: Fault, result: Result) -> None:
        for one in result.told:
            if one.writes > 1:
                result.wrong.append(f"{TWICE}: {one.zone}, {one.writes} times")
            if one.zone == OTHER and fault.spares and one.status != "updated":
                result.wrong.append(f"{OTHERWISE}: {OTHER} {one.status}, and the fault is elsewhere: {one.why}")
        if fault.tells:
            self._truly(result, result.told)

    def _truly(self, result: Result, told: Sequence[Told], *, had: Collection[str] = ()) -> None:
        """`had` are zones whose console had it before."""
        for one in told:
            if one.status is None and not one.why and one.zone not in had:
                result.wrong.append(f"{SILENTLY}: {one.zone}")
            if one.status in _HAS and not one.has:
                result.wrong.append(f"{FALSELY}: {one.zone} {one.status}, and the console has it not")
            if (one.status is None or one.status in _LEFT) and one.has and one.zone not in had:
                result.wrong.append(f"{FALSELY}: {one.zone} {one.status}, and the console has it: {one.why}")

    def _next(self, fault: Fault, scene: Scene, result: Result) -> None:
        """Right afterwards, with a worker in the zone: it converges, and writes only what the first has not.

        As long as one is frozen, what the broker gave to it is not answered: then it is enough to say so.
        """
        before = {one.zone: one for one in result.told}
        for name, zone in self._lab.zones.items():
            self._ready(name, 1)
            zone.ask("forget")
            zone.ask("calm")
        result.next_told, result.next_said = self._run()
        if fault.late and fault.afterwards:
            self._truly(result, result.next_told, had=[zone for zone in before if before[zone].has])
            fault.afterwards(scene)
            time.sleep(1.5)  # for what it may have had in mind
            result.next_told, result.next_said = self._run()
        for one in result.next_told:
            allowed = 0 if before[one.zone].has else 1
            if one.writes > allowed:
                result.wrong.append(f"{TWICE}: {one.zone}, by the next run, {one.writes} times and not {allowed}")
            if not one.has:
                result.wrong.append(f"{OTHERWISE}: {one.zone} {one.status} by the next run: {one.why}")

    def _run(self) -> tuple[list[Told], str]:
        run = _Run(self._lab)
        if not run.ended(_MOST):
            run.process.kill()
            run.ended(_MOST)
        return self._compared(run.told), run.told.err

    def _compared(self, ran: Ran) -> list[Told]:
        try:
            document: dict[str, Any] = json.loads(ran.out)
        except ValueError:
            document = {"outcomes": [], "findings": []}
        said = ran.err
        if ran.code == _INTERRUPTED and not ran.out:  # before anything was begun
            said += "".join(f"\n{zone}: interrupted" for zone in self._lab.zones)
        return [self._told(zone, document, said) for zone in self._lab.zones]

    def _told(self, zone: str, document: dict[str, Any], said: str) -> Told:
        target = f"prod/{zone}-odoo"
        outcome: dict[str, Any] = next((one for one in document["outcomes"] if one["address"].startswith(target)), {})
        error = outcome.get("error") or {}
        told = json.dumps(document["findings"]) + said
        lines = [line for line in told.splitlines() if zone in line]
        there = self._lab.zones[zone]
        return Told(
            zone=zone,
            status=outcome.get("status"),
            has=any(row["name"] == "main" and row["sequence"] == self._number for row in there.ask("servers")),
            writes=there.ask("writes").count(_WRITE),
            fields=tuple(outcome.get("fields", ())),
            why=error.get("what", "") if outcome else " ".join(lines)[:600],
        )

    # the lab between two trials

    def _ready(self, name: str, workers: int) -> None:
        """Those that were hit do not count."""
        zone = self._lab.zones[name]
        alive = [one for one in zone.alive() if one not in self._hit]
        for _ in range(workers - len(alive)):
            zone.start_worker()
        for one in alive[workers:]:
            one.kill()
            one.wait()
        self._lab.listens(name, workers)
        time.sleep(_CALM)
        self._lab.listens(name, workers)

    def _declare(self) -> None:
        folder: Path = self._lab.site / "environments/prod"
        for path in folder.glob("*-odoo.yaml"):
            lines = path.read_text("utf-8").splitlines()
            changed = (line.partition("priority:")[0] + f"priority: {self._number}}}" for line in _priorities(lines))
            path.write_text("\n".join([*(line for line in lines if "priority:" not in line), *changed]) + "\n", "utf-8")


def _priorities(lines: list[str]) -> Iterator[str]:
    return (line for line in lines if "priority:" in line)


class _Run:
    """`reconciler apply`, as it runs; `end` is when it ended, by the monotonic clock."""

    def __init__(self, lab: Lab) -> None:
        self.process = lab.start("apply", "--auto-approve", "--format", "json")
        self.end, self.told = 0.0, Ran("", "", -1)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        out, err = self.process.communicate()
        self.end, self.told = time.monotonic(), Ran(out, err, self.process.returncode)

    def ended(self, seconds: float) -> bool:
        """Waits for at most this long."""
        self._thread.join(seconds)
        return not self._thread.is_alive()
