"""Rate limits: never more calls than allowed in any window, whoever asks; waits are told and counted once."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.drivers.http import rate_limit


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    rate_limit.reset()
    yield
    rate_limit.reset()


def test_so_many_calls_go_at_once_and_the_next_waits() -> None:
    bucket = rate_limit.Bucket("vendor", 3, 0.2)
    started = time.monotonic()
    starts = []
    for _ in range(4):
        bucket.take()
        starts.append(time.monotonic() - started)
    assert max(starts[:3]) < 0.1
    assert starts[3] >= 0.2


def test_no_window_sees_more_calls_than_allowed_however_many_threads_ask() -> None:
    bucket, starts = rate_limit.Bucket("vendor", 5, 0.1), []

    def call(_: int) -> None:
        bucket.take()
        starts.append(time.monotonic())

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(call, range(20)))
    starts.sort()
    assert all(later - earlier >= 0.09 for earlier, later in zip(starts, starts[5:], strict=False))


def test_a_name_is_one_bucket_for_the_whole_process() -> None:
    assert rate_limit.bucket("a", 3) is rate_limit.bucket("a", 3)
    assert rate_limit.bucket("a", 3) is not rate_limit.bucket("b", 3)


def test_waits_at_the_same_time_count_once() -> None:
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: rate_limit.pause(0.1, "the same"), range(5)))
    assert 0.1 <= rate_limit.waited() < 0.3


def test_a_long_wait_is_told_once_for_all_who_wait_for_the_same(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with caplog.at_level(logging.INFO, logger=rate_limit.WAITS.name):
        for _ in range(3):
            rate_limit.pause(42, "vendor takes 100 calls in 60 s")
        rate_limit.pause(0.5, "short")
    assert caplog.messages == ["waiting 42 s: vendor takes 100 calls in 60 s"]
