"""The only file that knows Playwright's exceptions. Their texts quote what is typed, and stay here."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import PlatformAnswer, PlatformError

if TYPE_CHECKING:
    from playwright.async_api import Frame, Request

T = TypeVar("T")


async def translated(job: Awaitable[T]) -> T:
    """The job's result. Raises PlatformError in place of what Playwright raises."""
    from playwright.async_api import Error
    from playwright.async_api import TimeoutError as Late

    try:
        return await job
    except (Late, TimeoutError):
        raise PlatformAnswer(
            "the page was not ready in time", why="it may wait for something", fix="raise connection.timeout"
        ) from None
    except Error as error:
        raise PlatformError(f"the browser failed: {_first_words(error)}", fix="try again; then report it") from None


async def unless_moved(job: Awaitable[T]) -> T | None:
    """The job's result; None where the page went elsewhere, or is no more, in the meantime."""
    from playwright.async_api import Error

    try:
        return await job
    except Error:
        return None


def frame_of(request: Request) -> Frame | None:
    """Where a request comes from; None for one of a window that is only being opened."""
    from playwright.async_api import Error

    try:
        return request.frame
    except Error:
        return None


def _first_words(error: Exception) -> str:
    """What stands before the first colon or line break is the name of a call."""
    return str(error).split("\n", 1)[0].split(":", 1)[0][:60] or type(error).__name__
