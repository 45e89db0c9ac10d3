"""How far an apply goes at once: canaries first, a time to watch them, an end after some failures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.model.change import Action, Change
from reconciler.model.outcome import Outcome, OutcomeStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """`stop_after` is the last environment that is written. `canary` installations of each stage go before the others;
    `soak` is how many seconds what was written is watched before the next wave; `stop_on` how many failures end a
    stage where it is."""

    stop_after: str | None = None
    canary: int = 0
    soak: float = 0.0
    stop_on: int = 0


AT_ONCE = Waves()


@dataclass(slots=True, kw_only=True)
class Failures:
    """Of one stage; `most` of 0 takes any number of them."""

    most: int
    count: int = 0

    @property
    def reached(self) -> bool:
        return 0 < self.most <= self.count

    def add(self, outcomes: Iterable[Outcome]) -> None:
        self.count += sum(one.status in (OutcomeStatus.FAILED, OutcomeStatus.RESTORED) for one in outcomes)


def of(changes: Sequence[Change], canary: int) -> Iterator[tuple[Change, ...]]:
    """The changes of a stage in the order of its waves; what is not written goes with the last one."""
    writing = dict.fromkeys(change.installation for change in changes if change.writes)
    first = set(list(writing)[:canary])
    if not first or len(first) == len(writing):
        yield tuple(changes)
        return
    yield tuple(change for change in changes if change.installation in first and change.action is not Action.NONE)
    yield tuple(change for change in changes if change.installation not in first or change.action is Action.NONE)


def chosen(names: Sequence[tuple[str, ...]], stop_after: str | None) -> tuple[tuple[str, ...], ...]:
    """The stages that are written: up to that one, with those that run together with it."""
    if stop_after is None:
        return tuple(names)
    last = next((index for index, some in enumerate(names) if stop_after in some), len(names))
    return tuple(names[: last + 1])
