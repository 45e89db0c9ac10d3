"""The risks that apply takes by name: the tool's own, and those that platforms declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler import platforms
from reconciler.model.ports import Risking

OURS = ("archive", "secret-to-new-host", "unverified")


def names(kinds: Iterable[str]) -> tuple[str, ...]:
    """What `--allow` takes where these kinds of platforms are. Loads them, and all that come with the tool."""
    return tuple(sorted({*OURS, *(name for kind in {*platforms.KINDS, *kinds} for name in _declared(kind))}))


def _declared(kind: str) -> Iterator[str]:
    platform: object = platforms.load(kind)  # mypy: a Platform may be more than one
    yield from platform.RISKS if isinstance(platform, Risking) else ()
