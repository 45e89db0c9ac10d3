"""Twenty environments of OutSystems 11 through their admin pages, beside a form script. Exits with 1 at a missed limit.

    .venv/bin/python benchmarks/admin_page.py [--repeat 1] [--environments 5] [--waits 0.1]

The environments are the lab's stand-ins, in a process of their own. Both sides do the same visit (o11_visits.py), and
both one after the other and as many at a time as the driver takes.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import megabytes
import o11_files
import o11_visits
from lab.servers.console.browser import missing
from measured import CHECKOUT, once
from o11_visits import Environment

from reconciler.drivers.admin_page import browser

WAIT = 0.1  # seconds that an answer of Service Center takes; with 0 only what we add is left
RATIO, COLD, FURTHER, MEMORY, GROWTH = 2.0, 3.0, 1.0, 400.0, 1.1
Row = tuple[str, str, str, bool]
Work = Callable[[Environment, str], None]


def main() -> int:
    arguments = _arguments()
    if reason := missing():
        print(f"skipped: no browser: {reason}")
        return 0
    load, cores = os.getloadavg()[0], os.cpu_count()
    count, repeat = arguments.environments, arguments.repeat
    print(f"Python {platform.python_version()}, {cores} cores, load {load:.1f}; medians of {repeat}\n", flush=True)
    rows: list[Row] = []
    with _running(count) as lab:
        for row in _measured(lab, arguments.waits, repeat):
            rows.append(row)
            print(f"{row[0]:62}{row[1]:>9}   {row[2]:12}{'' if row[3] else 'MISSED'}".rstrip(), flush=True)
    browser.close()
    missed = sum(not row[3] for row in rows)
    print(f"\n{missed} missed." if missed else "\nAll limits met.")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3, help="how often each is measured; the median counts")
    parser.add_argument("--environments", type=int, default=20)
    parser.add_argument("--waits", type=float, nargs="*", default=[WAIT, 0.0], help="seconds that each answer takes")
    return parser.parse_args()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    environments: Sequence[Environment]
    process: subprocess.Popen[str]

    def answers_after(self, seconds: float) -> None:
        assert self.process.stdin
        assert self.process.stdout
        print(seconds, file=self.process.stdin, flush=True)
        self.process.stdout.readline()


def _measured(lab: Lab, waits: Sequence[float], repeat: int) -> Iterator[Row]:
    for wait in waits:
        lab.answers_after(wait)
        at = f"at {wait * 1000:.0f} ms a request"
        if wait == waits[0]:
            yield from _plans(lab.environments, at)
            yield from _memory(lab)
        yield from _visits(lab.environments, at, repeat, limited=wait > 0)
        if wait == waits[0]:
            yield from _apply(lab.environments, at)


def _plans(environments: Sequence[Environment], at: str) -> Iterator[Row]:
    cold = _seconds(lambda: o11_visits.planned(environments[0]))
    yield f"plan of an environment (two pages) {at}, cold", f"{cold:.2f} s", f"≤ {COLD:g} s", cold <= COLD
    each = [_seconds(lambda one=one: o11_visits.planned(one)) for one in environments]
    further = median(each) / 2
    yield "  each further page in the same run", f"{further:.2f} s", f"≤ {FURTHER:g} s", further <= FURTHER


def _visits(environments: Sequence[Environment], at: str, repeat: int, *, limited: bool) -> Iterator[Row]:
    count, abreast = len(environments), browser.AT_ONCE
    turns = cycle(o11_visits.FORMS)
    passes = [(work, width) for width in (1, abreast) for work in (o11_visits.scripted, o11_visits.driven)]
    passes.append((o11_visits.scripted, count))
    figures = [[_seconds(partial(_all, environments, *one, next(turns))) for one in passes] for _ in range(repeat)]
    alone, ours_alone, together, ours_together, at_once = map(median, zip(*figures, strict=True))
    for width, script, ours in ((1, alone, ours_alone), (abreast, together, ours_together)):
        how = "one after the other" if width == 1 else f"{width} at a time"
        yield f"{count} environments {at}, {how}: script", f"{script:.2f} s", "", True
        yield "  driver", f"{ours:.2f} s", "", True
        limit = f"≤ {RATIO:g} x" if limited else ""
        yield "  driver to script", f"{ours / script:.2f} x", limit, not limited or ours <= RATIO * script
    yield f"  script, {count} at a time", f"{at_once:.2f} s", "", True


def _apply(environments: Sequence[Environment], at: str) -> Iterator[Row]:
    """As a process of its own, from files, once: told, for the start of the browser is in it."""
    browser.close()
    _all(environments, o11_visits.scripted, len(environments), "oauth2")
    with tempfile.TemporaryDirectory() as name:
        command = o11_files.applied(Path(name).resolve(), environments, "basic")
        ours = once(command).seconds
    script = _seconds(partial(_all, environments, o11_visits.scripted_apply, browser.AT_ONCE, "oauth2"))
    yield f"reconciler apply --auto-approve, {len(environments)} environments {at}", f"{ours:.2f} s", "", True
    yield "  script with the same three visits to each", f"{script:.2f} s", "", True
    yield "  driver to script", f"{ours / script:.2f} x", "", True


def _memory(lab: Lab) -> Iterator[Row]:
    """Python, Node and browser. Sampled while it works too, in a pass that is not timed."""
    o11_visits.driven(lab.environments[0], "oauth2")
    first = _megabytes(lab)
    yield "memory, all told, after 1 environment", f"{first:.0f} MB", f"≤ {MEMORY:g} MB", first <= MEMORY
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(_all, lab.environments, o11_visits.driven, browser.AT_ONCE, "basic")
        most = max(_samples(lab, working.done))
        working.result()
    last = _megabytes(lab)
    good = last <= min(MEMORY, first * GROWTH)
    yield f"  after {len(lab.environments)}", f"{last:.0f} MB", "the same", good
    yield f"  at most, {browser.AT_ONCE} at a time", f"{most:.0f} MB", f"≤ {MEMORY:g} MB", most <= MEMORY


def _samples(lab: Lab, done: Callable[[], bool]) -> Iterator[float]:
    yield _megabytes(lab)
    while not done():
        time.sleep(0.3)
        yield _megabytes(lab)


def _megabytes(lab: Lab) -> float:
    return megabytes.now(without=lab.process.pid)


def _all(environments: Iterable[Environment], work: Work, width: int, auth: str) -> None:
    with ThreadPoolExecutor(width) as pool:
        list(pool.map(lambda one: work(one, auth), environments))


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@contextmanager
def _running(count: int) -> Iterator[Lab]:
    command = [sys.executable, str(CHECKOUT / "benchmarks" / "o11_servers.py"), str(count)]
    environ = {**os.environ, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'examples'}"}
    process = subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    try:
        lines = [process.stdout.readline().split() for _ in range(count)]
        yield Lab(environments=[Environment(url=url, password=secret) for url, secret in lines], process=process)
    finally:
        process.stdin.close()
        process.wait(10)


if __name__ == "__main__":
    sys.exit(main())
