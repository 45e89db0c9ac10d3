"""Since when something differs, as far as plans and applies tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.overviews import DRIFTED, in_sync
from support.plans import plan

from reconciler.views.overview import ages

NOW, DAY = "2026-11-20T12:00:00Z", 86400
NAME = "prod/shop:settings"


def at(day: int, *changes: object) -> object:
    return plan(*changes, created_at=f"2026-11-{day:02}T12:00:00Z")  # type: ignore[arg-type]


def test_it_was_after_the_last_apply() -> None:
    assert ages.of(DRIFTED, NOW, None).told == "18 days at most"


def test_it_was_before_a_plan_saw_it() -> None:
    assert ages.of(DRIFTED, NOW, "2026-11-16T12:00:00Z").told == "4 days at least, 18 days at most"


def test_nobody_knows_where_nothing_was_applied() -> None:
    assert ages.of(replace(DRIFTED, applied_at=None), NOW, None).told == "nobody knows since when"


def test_a_plan_in_between_that_saw_nothing_begins_anew() -> None:
    well = in_sync(NAME, "file")
    plans = [at(20, DRIFTED), at(19, DRIFTED), at(18, well), at(17, DRIFTED)]
    assert ages.first_seen(plans) == {NAME: "2026-11-19T12:00:00Z"}  # type: ignore[arg-type]


def test_what_is_in_sync_again_has_no_age() -> None:
    assert ages.first_seen([at(20, in_sync(NAME, "file")), at(19, DRIFTED)]) == {}  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "1 min"), (1800, "30 min"), (3600, "1 h"), (DAY, "24 h"), (2 * DAY, "2 days")]
)
def test_in_the_unit_that_people_use(seconds: float, said: str) -> None:
    assert ages.span(seconds) == said
