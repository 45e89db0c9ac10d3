"""Applies to two zones, each of which meets a fault: is anything written twice, told wrongly, or not told at all?

    .venv/bin/python benchmarks/zones_faults.py [--faults 200] [--lanes 2] [--only 'broker killed'] [--seed 1]

Each fault strikes at a random moment, half of them while the console works on a write (0.3 to 1 s), with one worker in
the zone or two. What counts is the console: what it has, and how often it was written to. Then the next run has to
converge, and to write only what is missing. `--lanes` are labs side by side. Exits with 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import queue
import random
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "examples")]

from lab.servers.rabbit import Rabbit  # noqa: E402
from lab.zones import lab as labs  # noqa: E402
from lab.zones.faults import FAULTS, ZONE, Fault  # noqa: E402
from lab.zones.lab import Options  # noqa: E402
from lab.zones.trial import FALSELY, OTHERWISE, SILENTLY, TWICE, Result, Trials  # noqa: E402

_BROKEN = 3  # labs that may break in a lane
DEADLINE, WITHIN, IN_TIME = 6.0, 10.0, 0.95  # seconds, seconds, and the part of the UNKNOWNs

Task = tuple[Fault, int]


def main() -> int:
    options = _options()
    if why := Rabbit.missing():
        sys.exit(f"error: {why}")
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in _tasks(options.faults, options.only, options.seed):
        tasks.put(task)
    results: list[Result] = []
    began = time.monotonic()
    lanes = [
        threading.Thread(target=_lane, args=(tasks, results, options.seed + n, options)) for n in range(options.lanes)
    ]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _drained(tasks))  # each lane ends its trial, and its lab
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    print(f"\n{len(results)} faults in {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}\n")
    return _told(results, options.faults)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--only", help="faults whose name has this in it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loopback", action="store_true", help="no network namespaces, also where they can be made")
    parser.add_argument("--out", type=Path, help="each result as a line of JSON")
    return parser.parse_args()


def _tasks(count: int, only: str | None, seed: int) -> Sequence[Task]:
    """All kinds equally often, with one worker and with two, in random order."""
    kinds = [fault for fault in FAULTS if only is None or only in fault.name]
    found = list(itertools.islice(itertools.cycle(itertools.product(kinds, (1, 2))), count))
    random.Random(seed).shuffle(found)
    return found


def _drained(tasks: queue.SimpleQueue[Task]) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            tasks.get_nowait()


def _lane(tasks: queue.SimpleQueue[Task], results: list[Result], seed: int, options: argparse.Namespace) -> None:
    """A lab that breaks is a result too: another takes its place."""
    broken = 0
    while not tasks.empty() and broken < _BROKEN:
        try:
            with labs.started(Options(deadline=DEADLINE, loopback=options.loopback)) as lab:
                trials = Trials(lab, seed)
                trials.baseline()
                while not tasks.empty():
                    fault, workers = tasks.get_nowait()
                    found = trials.trial(fault, workers)
                    results.append(found)
                    _shown(found, options.out)
        except queue.Empty:
            return
        except Exception:  # noqa: BLE001 - said, and counted as a fault without an outcome
            text = traceback.format_exc()
            found = Result(fault="the lab", workers=0, into="", wrong=[f"{SILENTLY}: {text}"])
            results.append(found)
            _shown(found, options.out)
            broken += 1
        seed += 1000


def _shown(one: Result, out: Path | None) -> None:
    told = ", ".join(f"{each.zone} {each.status} {each.writes}w{'' if each.has else ' -'}" for each in one.told)
    print(
        f"{one.fault} ({one.workers} workers, {one.into}): {told}; {one.took:.1f} s {'; '.join(one.wrong)}", flush=True
    )
    if out:
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(one)) + "\n")


def _told(results: Sequence[Result], wanted: int) -> int:
    names = [*(fault.name for fault in FAULTS), "the lab"]
    print(f"{'fault':48} {'n':>4} {'wrong':>6}  what became of the zone where it struck")
    for name in names:
        found = [one for one in results if one.fault == name]
        became = Counter(each.status or "not planned" for one in found for each in one.told if each.zone == ZONE)
        wrong = sum(bool(one.wrong) for one in found)
        if found:
            print(f"{name:48} {len(found):4} {wrong:6}  {', '.join(f'{n} {what}' for what, n in became.most_common())}")
    unknown = [one.took for one in results if any(each.status == "unknown" for each in one.told)]
    in_time = sum(took <= WITHIN for took in unknown) / len(unknown) if unknown else 1.0
    lines = [line for one in results for line in one.wrong]
    limits = {what: sum(line.startswith(what) for line in lines) for what in (TWICE, FALSELY, SILENTLY, OTHERWISE)}
    print("\n" + "; ".join(f"{count} {what}" for what, count in limits.items()))
    print(f"UNKNOWN {len(unknown)} times, within {WITHIN:g} s in {in_time:.0%} (at least {IN_TIME:.0%})")
    return 0 if not any(limits.values()) and in_time >= IN_TIME and len(results) >= wanted else 1


if __name__ == "__main__":
    sys.exit(main())
