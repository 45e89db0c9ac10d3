"""What `discover` finds: the keys of an installation, and which settings they might be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredKey:
    """One key. Its value is not here: it may be a secret, and nobody needs it to choose a key.

    But for `word`: what a choice (`auth`, `encryption`) is set to now, because each installation has its own words.
    """

    key: str
    name: str | None
    type: str
    origin: str | None
    secret: bool
    word: str | None = None
    suggested: str | None = None  # the setting whose usual names are like this one's: a guess, for a person to check


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """`mapped` is what `connection.keys` says already: setting to key."""

    keys: tuple[DiscoveredKey, ...]
    mapped: Mapping[str, str] = field(default_factory=dict)
