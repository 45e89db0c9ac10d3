"""The unit of work that looks at what a run that was cut off left at a target. Plain data, both ways."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.finding import Finding
from reconciler.model.landscape import TargetSpec
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.recovery import Fate
from reconciler.model.settings import Reading
from reconciler.model.work.writes import UnitWritten


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleUnit:
    """`intents` are what was begun there and has no result; `take_back` also writes what was there before.

    `patience` is how many seconds a write may take to be read back; `fence` is that of the lease.
    """

    spec: TargetSpec
    intents: tuple[Intent, ...] = ()
    take_back: bool = False
    patience: float = 10.0
    fence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSettled:
    """`note` is what the platform cleaned, `fates` what became of each intent, told by `reading`.

    `finished` is the answer that the worker of a zone kept for the run: it had ended, and nobody heard. With `error`
    nothing is settled.
    """

    note: str | None = None
    fates: tuple[Fate, ...] = ()
    reading: Reading | None = None
    finished: UnitWritten | None = None
    error: Finding | None = None
