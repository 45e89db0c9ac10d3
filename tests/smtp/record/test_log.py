"""How long steps may take."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from reconciler.smtp.record.log import Timeouts


@pytest.mark.parametrize("most", [0.3, 4, 12, 1000])
def test_a_cap_shortens_every_step_and_lengthens_none(most: float) -> None:
    usual, capped = asdict(Timeouts()), asdict(Timeouts().capped(most))
    assert capped.pop("total") == usual.pop("total")
    assert capped == {step: min(seconds, most) for step, seconds in usual.items()}


def test_no_step_may_take_longer_than_all_together() -> None:
    seconds = asdict(Timeouts())
    total = seconds.pop("total")
    assert max(seconds.values()) <= total
