"""The one guard around a platform: whatever it raises is told of its target, and the others go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from reconciler import platforms
from reconciler.errors import BrokenPlatform, PlatformError, ReconcilerError
from reconciler.model.finding import Finding
from reconciler.model.platform import Platform

T = TypeVar("T")


def answer_or_finding(address: str, question: Callable[[], T]) -> T | Finding:
    """What a platform answers, or why it does not, as a Finding of `address`.

    An iterable has to be gone through inside of `question`: a generator raises where it is read.
    """
    try:
        return answer(address, question)
    except ReconcilerError as error:
        return error.finding(address)


def answer(address: str, question: Callable[[], T]) -> T:
    """The same for who cannot go on without: raises a ReconcilerError, and nothing else."""
    try:
        return question()
    except ReconcilerError:
        raise
    except Exception as error:  # noqa: BLE001  # a platform may raise anything
        raise bug(error, address) from None


def bug(error: Exception, address: str) -> BrokenPlatform:
    """A platform's own mistake. The exception's text is left out: nobody knows what is in it."""
    import logging  # 2 ms together, and only for a bug
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    logging.getLogger(__name__).debug("%s: %s", address, type(error).__name__, exc_info=error)
    return BrokenPlatform(
        f"{type(error).__name__} in {last.name}, {Path(last.filename).name}:{last.lineno}",
        why="this is a bug in reconciler, or in the package that provides the platform",
        fix="run again with --debug and report the output",
        address=address,
    )


def as_finding(error: Exception, address: str) -> Finding:
    """An exception that was caught where more than a question went wrong."""
    found = error if isinstance(error, ReconcilerError) else bug(error, address)
    return found.finding(address)


def platform(kind: str) -> Platform:
    """PlatformError for a kind that is not installed here, or that cannot be loaded."""
    if (found := platforms.load(kind)) is None:
        raise PlatformError(
            f"platform {kind} is not installed here",
            why="the plan names a platform that this installation of reconciler does not have",
            fix="install the package that provides it",
        )
    return found
