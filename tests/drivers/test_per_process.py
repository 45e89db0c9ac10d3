"""What units of one process share: fetched once, for its time, and a failure stands for all who ask."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.drivers.per_process import Shared, reset, shared
from reconciler.errors import PlatformDenied


def test_many_who_ask_at_once_fetch_once() -> None:
    asked = []

    def fetch() -> tuple[str, float]:
        asked.append(1)
        time.sleep(0.05)
        return "token", 60.0

    one: Shared[str] = Shared()
    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(lambda _: one.get(fetch), range(10))) == {"token"}
    assert len(asked) == 1


def test_a_value_is_fetched_again_when_its_time_is_over_or_it_was_wrong() -> None:
    values = iter("abcd")
    one: Shared[str] = Shared()
    assert one.get(lambda: (next(values), 0.0)) == "a"
    assert one.get(lambda: (next(values), 60.0)) == "b"
    assert one.get(lambda: (next(values), 60.0), unlike="a") == "b"
    assert one.get(lambda: (next(values), 60.0), unlike="b") == "c"
    one.forget()
    assert one.get(lambda: (next(values), 60.0)) == "d"


def test_a_failure_stands_for_all_who_ask_for_a_while() -> None:
    asked = []

    def fetch() -> tuple[str, float]:
        asked.append(1)
        raise PlatformDenied("no", fix="ask somebody")

    one: Shared[str] = Shared()
    for _ in range(3):
        with pytest.raises(PlatformDenied) as caught:
            one.get(fetch)
        assert caught.value.fix == "ask somebody"
    assert len(asked) == 1


def test_another_key_is_another_value() -> None:
    assert shared(("token", "a")) is shared(("token", "a"))
    assert shared(("token", "a")) is not shared(("token", "b"))
    before = shared(("token", "a"))
    reset()
    assert shared(("token", "a")) is not before
