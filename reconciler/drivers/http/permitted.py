"""Whether this thread may still send requests: one write may be several, and somebody else may have taken it over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from reconciler.errors import PlatformError

if TYPE_CHECKING:
    from reconciler.model.finding import Finding

_held: ContextVar[Callable[[], Finding | None] | None] = ContextVar("held", default=None)


@contextmanager
def asked(held: Callable[[], Finding | None]) -> Iterator[None]:
    """`held` is asked right before each request: why it may not be sent."""
    before = _held.set(held)
    try:
        yield
    finally:
        _held.reset(before)


def check() -> None:
    """Raises PlatformError where a request may not be sent; where nobody asks for that, it may."""
    held = _held.get()
    if held is not None and (why := held()) is not None:
        raise PlatformError(why.what, why=why.why, fix=why.fix)
