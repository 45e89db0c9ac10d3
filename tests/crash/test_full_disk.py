"""A disk that becomes full within an apply: what is told is true, and with room again the next one converges."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from lab.subjects import file

pytestmark = pytest.mark.crash

EVERY, LEAST = 6, 8  # points


def test_full_from_any_point_on_nothing_is_lost_and_nothing_untrue_is_told(make_site: Callable[..., Any]) -> None:
    site = make_site(file.VARIANTS["dotenv"])
    states = (site.subject.first, site.subject.second)
    right, total = {}, 0
    for number in (1, 0, 1, 0):
        site.declare(states[number])
        done = site.apply()
        assert done.code == 0, done.said
        right[number], total = site.subject.settings(), done.points
    for turn, point in enumerate(range(1, total + 1, EVERY), start=1):
        wanted, before = turn % 2, site.subject.settings()
        site.declare(states[wanted])
        check_told(site.apply(full=point), site.subject.settings(), before, right[wanted])
        again = site.apply()
        assert again.code == 0, f"point {point}: {again.said}"
        assert site.subject.settings() == right[wanted], f"point {point}: {again.said}"
        assert site.leftovers() == [], f"point {point}: {again.said}"
        assert site.leaked() == [], f"point {point}"
    assert site.run("history", "--verify", "--limit", "0").code == 0
    sys.stdout.write(f"full disk: {turn} of {total} points\n")
    assert turn >= LEAST


def check_told(ran: Any, now: Any, before: Any, right: Any) -> None:
    assert "Traceback" not in ran.said, ran.said
    assert now in (before, right), ran.said  # the application's file is whole, the old one or the new one
    if ran.code == 0:
        assert now == right, ran.said
    else:
        assert "No space left on device" in ran.said or "no space left" in ran.said, ran.said
