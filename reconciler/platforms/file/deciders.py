"""Which keys decide in the place of ours, as presets say it; `overrides` looks for them in a file. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.text.scalar import Scalar

OWN_KEY = "{key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """`key` decides over the settings `over`, unless it has one of these values, or none; with `empty`, then too.
    `{key}_FILE` stands for one such key beside each of ours."""

    key: str
    over: tuple[str, ...]
    why: str
    unless: tuple[Scalar, ...] = ()
    empty: bool = False


# what images for containers have made a habit, where nobody said which application it is
OF_ANY_ENVIRONMENT = tuple(
    Decider(
        key=f"{OWN_KEY}{ending}",
        over=("password", "oauth2.client_secret"),
        why="images for containers take the value from the file that it names, and some refuse to start with both",
    )
    for ending in ("_FILE", "__FILE")
)
