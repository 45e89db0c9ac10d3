"""Between two requests of a unit: the claim is asked, and nothing is begun once the message's time is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from reconciler.engine.zone.permit import Claimed, Deadline
from reconciler.model.finding import Finding, Severity

LOST = Finding(severity=Severity.ERROR, rule="claim-lost", what="lost")


@dataclass
class Mine:
    lost: Finding | None = None
    run: str = "run-1"
    fence: int = 7

    def stopped(self) -> bool:
        return True

    def held(self) -> Finding | None:
        return self.lost


def claimed(mine: Mine, now: float) -> Claimed:
    return Claimed(cast("Any", mine), Deadline(100.0, lambda: now))


def test_a_permit_is_that_of_its_claim() -> None:
    permit = claimed(Mine(), 99.0)
    assert (permit.run, permit.fence, permit.stopped(), permit.held()) == ("run-1", 7, True, None)
    assert claimed(Mine(lost=LOST), 99.0).held() == LOST


def test_after_the_deadline_nothing_is_begun() -> None:
    found = claimed(Mine(), 103.0).held()
    assert found is not None
    assert (found.rule, found.why) == (
        "too-late",
        "by 3 s, by the clock of the worker; who asked has given it up",
    )
    assert Deadline(100.0, lambda: 103.0).left == 0.0
