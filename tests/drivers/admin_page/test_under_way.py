"""What a renderer tells of requests that have begun."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.drivers.admin_page import under_way
from reconciler.drivers.admin_page.under_way import UnderWay


class Renderer:
    """Answers as a page that rests, or does not."""

    def __init__(self) -> None:
        self.told: dict[str, Callable[[dict[str, Any]], None]] = {}
        self.rests: object = True

    def on(self, event: str, told: Callable[[dict[str, Any]], None]) -> None:
        self.told[event] = told

    async def send(self, method: str, given: dict[str, Any]) -> dict[str, Any]:
        return {"result": {"value": self.rests}} if method == "Runtime.evaluate" else {}

    def tell(self, event: str, request: str) -> None:
        self.told[f"Network.{event}"]({"requestId": request})


@pytest.fixture
def renderer() -> Renderer:
    return Renderer()


@pytest.fixture
def page(renderer: Renderer) -> UnderWay:
    found = UnderWay(renderer)  # type: ignore[arg-type]  # as much of a session as is used
    asyncio.run(found.attach())
    return found


@pytest.mark.parametrize("end", ["loadingFinished", "loadingFailed"])
def test_a_request_is_under_way_until_it_ends(renderer: Renderer, page: UnderWay, end: str) -> None:
    renderer.tell("requestWillBeSent", "1")
    renderer.tell("requestWillBeSent", "2")
    renderer.tell(end, "1")
    assert not page.nothing

    renderer.tell(end, "2")
    assert page.nothing


def test_one_of_which_no_end_is_told_is_the_handlers_after_a_while(
    renderer: Renderer, page: UnderWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer.tell("requestWillBeSent", "1")
    assert not page.nothing

    monkeypatch.setattr(under_way, "_ARRIVES", 0.0)
    assert page.nothing


@pytest.mark.parametrize(("told", "rests"), [(True, True), (False, False), (None, False)])
def test_a_page_rests_when_it_says_so(renderer: Renderer, page: UnderWay, told: object, rests: bool) -> None:
    renderer.rests = told
    assert asyncio.run(page.rests(drawn=True)) is rests
