"""Which of several addresses is taken, and what is said of the others."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from reconciler.smtp.route import race


@contextlib.contextmanager
def silent(address: str, port: int) -> Iterator[None]:
    """Its queue is full, so that Linux answers nobody who connects."""
    with contextlib.ExitStack() as open_ones:
        listener = open_ones.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(3):
            waiting = open_ones.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def winner(found: list[str], port: int, seconds: float = 15) -> tuple[str | None, list[str]]:
    refusals: list[str] = []

    async def run() -> str | None:
        if (won := await race.first(found, port, seconds, refusals)) is None:
            return None
        await won[1].close()
        return won[0]

    return asyncio.run(run()), refusals


def test_a_silent_address_does_not_make_the_next_one_wait(port: int) -> None:
    began = time.monotonic()
    with silent("127.0.0.2", port):
        assert winner(["127.0.0.2", "127.0.0.1"], port) == ("127.0.0.1", [])
    assert time.monotonic() - began < 10


def test_an_address_that_refuses_is_told(port: int) -> None:
    assert winner(["127.0.0.2", "127.0.0.1"], port) == ("127.0.0.1", ["127.0.0.2: Connection refused"])


@pytest.mark.parametrize("found", [["127.0.0.2"], ["127.0.0.2", "127.0.0.3"]], ids=["one", "two"])
def test_silence_ends(port: int, found: list[str]) -> None:
    with contextlib.ExitStack() as all_of_them:
        for address in found:
            all_of_them.enter_context(silent(address, port))
        assert winner(found, port, 0.3) == (None, [f"{address}: no answer within 0.3 s" for address in found])


def test_the_families_take_turns() -> None:
    assert race._alternating(["::1", "::2", "127.0.0.1"]) == ["::1", "127.0.0.1", "::2"]


def test_no_connection_stays_open_when_the_race_is_stopped(port: int) -> None:
    async def run() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await race.first(["127.0.0.2", "127.0.0.3"], port, 3, [])

    with silent("127.0.0.2", port), silent("127.0.0.3", port):
        asyncio.run(run())  # what stayed open would be a warning, and a warning an error
