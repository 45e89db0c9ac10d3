"""The risks that apply takes by name: the tool's own, and those that platforms declare."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from reconciler import platforms
from reconciler.model.finding import Finding
from reconciler.pipeline import guard

OURS = ("archive", "secret-to-new-host", "unverified")


def names(kinds: Iterable[str]) -> tuple[str, ...]:
    """What `--allow` takes where these kinds of platforms are. Loads them, and all that come with the tool."""
    return tuple(sorted({*OURS, *(name for kind in {*platforms.KINDS, *kinds} for name in _declared(kind))}))


def _declared(kind: str) -> Collection[str]:
    """None of a platform that cannot be loaded: its targets are not written."""
    found = guard.asked(kind, lambda: guard.platform(kind).risks)
    return () if isinstance(found, Finding) else found
