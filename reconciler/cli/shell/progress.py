"""What a run waits for, on stderr: one live line on a terminal, a line per event in CI, nothing in a pipe.

`--quiet` silences it, with every other remark; `--timings` sums it up at the end.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click

from reconciler.cli.shell import console, context
from reconciler.pipeline import progress
from reconciler.pipeline.progress import Step
from reconciler.views.paper import plural
from reconciler.views.printable import line

_EVERY = 0.5  # seconds between two looks of the live line
_FIRST = 0.7  # seconds in which nobody wonders
_SLOWEST = 5
_CLEAR = "\r\x1b[K"


def show() -> None:
    """From now on, until the command ends."""
    root = click.get_current_context().find_root()
    known = Seen()
    shown: _Lines | _Live | None
    if root.meta.get(console.QUIET):
        shown = None
    elif context.in_ci():
        shown = _Lines(known)
    else:
        shown = _Live(known) if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else None
    root.with_resource(_listening(known, shown))
    if root.meta.get(console.TIMINGS):
        root.call_on_close(lambda: console.note(*timings(known)))


@dataclass(slots=True)
class Seen:
    """By stage: the names that are waited for, and how long the others took."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: dict[tuple[str, str], float] = field(default_factory=dict)
    took: dict[str, dict[str, float]] = field(default_factory=dict)
    total: dict[str, int] = field(default_factory=dict)

    def see(self, step: Step) -> None:
        with self.lock:
            self.total[step.stage] = step.total
            if step.seconds is None:
                self.waiting[step.stage, step.name] = time.monotonic()
                return
            self.waiting.pop((step.stage, step.name), None)
            self.took.setdefault(step.stage, {})[step.name] = step.seconds

    def line(self, now: float) -> str | None:
        """`reading 3 of 12: prod/shop, 14 s`; None while nothing is waited for. `now` is seconds of the clock
        that `time.monotonic` is."""
        with self.lock:
            if not self.waiting:
                return None
            (stage, name), since = min(self.waiting.items(), key=lambda item: item[1])
            done, total = len(self.took.get(stage, ())), self.total[stage]
            more = sum(one == stage for one, _ in self.waiting) - 1
            others = f" and {more} more" if more else ""
            return line(f"{stage} {done} of {total}: {name}{others}, {now - since:.0f} s")


def timings(seen: Seen) -> list[str]:
    """For each stage how many there were, and those that took longest."""
    lines = []
    for stage, took in seen.took.items():
        slowest = sorted(took.items(), key=lambda item: -item[1])
        lines.append(f"{stage}: {plural(len(took), 'step')}, {sum(took.values()):.1f} s one after the other; slowest:")
        lines += [f"  {seconds:6.1f} s  {name}" for name, seconds in slowest[:_SLOWEST]]
    return lines or ["nothing was waited for"]


@contextmanager
def _listening(known: Seen, shown: _Lines | _Live | None) -> Iterator[None]:
    def hear(step: Step) -> None:
        known.see(step)
        if isinstance(shown, _Lines):
            shown.tell(step)

    with progress.heard(hear):
        if isinstance(shown, _Live):
            with shown:
                yield
        else:
            yield


class _Lines:
    """A line when a step ends: logs of jobs keep what was, and a live line would be noise there."""

    def __init__(self, known: Seen) -> None:
        self._known = known

    def tell(self, step: Step) -> None:
        if step.seconds is not None:
            done = len(self._known.took[step.stage])
            console.note(f"{step.stage} {done} of {step.total}: {step.name}, {step.seconds:.1f} s")


class _Live:
    """One line that is written over, by a thread of its own: a slow platform shows too. It is gone before anything
    else is printed."""

    def __init__(self, known: Seen) -> None:
        self._known, self._ended, self._shown = known, threading.Event(), False
        self._thread = threading.Thread(target=self._run, daemon=True, name="progress")

    def __enter__(self) -> None:
        console.before_print(self._clear)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        console.before_print(None)
        self._clear()

    def _run(self) -> None:
        if self._ended.wait(_FIRST):
            return
        while not self._ended.wait(_EVERY):
            width = console.paper(sys.stderr).width
            if (said := self._known.line(time.monotonic())) is not None:
                self._write(f"{_CLEAR}{said[: width - 1]}")

    def _clear(self) -> None:
        if self._shown:
            self._write(_CLEAR)
            self._shown = False

    def _write(self, text: str) -> None:
        self._shown = True
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):  # a terminal that has gone is no fault of the run
            return
