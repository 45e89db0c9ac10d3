"""engine/claims/forgetting.py: it is done now and then, and beside other work."""

from __future__ import annotations

from reconciler.engine.claims.forgetting import Forgetting
from reconciler.engine.claims.times import KEPT


def test_once_an_hour_is_enough() -> None:
    now = [0.0]
    found = Forgetting(now=lambda: 0.0, clock=lambda: now[0])
    due = []
    for now[0] in (0.0, 1.0, KEPT - 1, KEPT, KEPT + 1):
        due.append(found.due())
    assert due == [True, False, False, True, False]
