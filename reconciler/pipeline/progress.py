"""What a run is waiting for, told as it happens to whoever listens. Nobody listens unless a command says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Step(NamedTuple):
    """One thing that a stage waits for. `seconds` is None while it goes on."""

    stage: str  # "reading"
    name: str  # "prod/shop"
    total: int  # of its stage
    seconds: float | None = None


Listener = Callable[[Step], None]
_listeners: list[Listener] = []


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Called from every thread that works."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def tell(step: Step) -> None:
    for listener in _listeners:
        listener(step)


def step(stage: str, name: str, total: int, work: Callable[[], T]) -> T:
    """What `work` returns or raises, told before and after."""
    if not _listeners:
        return work()
    tell(Step(stage=stage, name=name, total=total))
    started = time.monotonic()
    try:
        return work()
    finally:
        tell(Step(stage=stage, name=name, total=total, seconds=time.monotonic() - started))
