"""CA files as they travel: a unit names one by the digest of its text, and the text comes with the message once."""

from __future__ import annotations

import hashlib

_SIGN = "sha256:"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def named(digest: str) -> str:
    """What stands in the place of the path."""
    return f"{_SIGN}{digest}"


def digest_in(place: str) -> str | None:
    """None for what is a path."""
    return place.removeprefix(_SIGN) if place.startswith(_SIGN) else None
