from __future__ import annotations

import pytest

from reconciler.engine.remote.batches import AT_ONCE, batches


@pytest.mark.parametrize(
    ("units", "sizes"),
    [
        (0, []),
        (1, [1]),
        (AT_ONCE, [1] * AT_ONCE),
        (AT_ONCE + 1, [2] * 16 + [1]),
        (100, [4] * 25),
        (1000, [10] * 100),
        (16_000, [10] * 1600),
    ],
)
def test_few_units_go_alone_and_many_ten_at_a_time(units: int, sizes: list[int]) -> None:
    found = batches(range(units), lambda unit: 1)
    assert [len(one) for one in found] == sizes
    assert [unit for one in found for unit in one] == list(range(units))


def test_large_units_go_with_fewer_and_the_largest_alone() -> None:
    found = batches(range(1000), lambda unit: 150)
    assert {len(one) for one in found} == {2, 1}
    assert {len(one) for one in batches(range(1000), lambda unit: 10_000)} == {1}
