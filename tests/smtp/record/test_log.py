"""How long steps may take."""

from __future__ import annotations

from math import inf

import pytest

from reconciler.smtp.record.log import Timeouts


@pytest.mark.parametrize("most", [0.3, 4, 12, 1000])
def test_a_cap_shortens_every_step_and_lengthens_none(most: float) -> None:
    usual, capped = Timeouts()._asdict(), Timeouts().capped(most)._asdict()
    assert (usual.pop("most"), capped.pop("most")) == (inf, most)
    assert capped.pop("total") == usual.pop("total")
    assert capped == {step: min(seconds, most) for step, seconds in usual.items()}


def test_no_step_may_take_longer_than_all_together() -> None:
    seconds = Timeouts()._asdict()
    total, _ = seconds.pop("total"), seconds.pop("most")
    assert max(seconds.values()) <= total


def test_steps_can_be_given_longer_and_the_total_grows_with_them() -> None:
    usual = Timeouts()
    longer = usual.patient([("banner", 120), ("ehlo", 5)])
    assert (longer.banner, longer.ehlo, longer.tls) == (120, 5, usual.tls)
    assert longer.total == usual.total + 120 - usual.banner


def test_a_cap_holds_for_what_is_given_longer() -> None:
    assert Timeouts().capped(4).patient([("banner", 120)]).banner == 4
