"""What each platform's settings mean, one file per platform. Platforms do not know each other.

Nothing is registered: the kind is the module's name with `-` for `_`. Third parties add a module through the entry
point group `reconciler.platforms`; it is read only for a kind that is not ours.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from reconciler.model.ports import Platform

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "reconciler.platforms"
KINDS = tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__)))


@cache
def load(kind: str) -> Platform | None:
    """The platform of a kind or alias, or None when nobody knows it."""
    if kind in KINDS:
        return _ours(kind)
    for ours in map(_ours, KINDS):
        if kind in ours.ALIASES:
            return ours
    return next((cast(Platform, entry.load()) for entry in _entry_points(kind)), None)


def kind(name: str) -> str:
    """The kind behind a kind or alias; a third party's name is its kind."""
    if name in KINDS:
        return name
    return next((ours for ours in KINDS if name in _ours(ours).ALIASES), name)


@cache
def schema(kind: str) -> Traversable | None:
    """The JSON Schema of a kind or alias: ours in `schemas/platforms/`, a third party's beside its module."""
    if (platform := load(kind)) is None:
        return None
    module = cast(str, platform.__name__)  # type: ignore[attr-defined]  # a platform is a module
    package, _, name = module.rpartition(".")
    file = f"{name.replace('_', '-')}.schema.json"
    return schemas() / "platforms" / file if package == __name__ else files(package) / file


@cache
def schemas() -> Traversable:
    """The folder of our schemas: inside the wheel, or at the top of a checkout."""
    packaged = files("reconciler") / "schemas"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "schemas"


def known() -> tuple[str, ...]:
    """Every kind and alias, for "did you mean"."""
    aliases = {alias for kind in KINDS for alias in _ours(kind).ALIASES}
    return tuple(sorted({*KINDS, *aliases, *(entry.name for entry in _entry_points())}))


def _ours(kind: str) -> Platform:
    return cast(Platform, import_module(f"{__name__}.{kind.replace('-', '_')}"))


def _entry_points(kind: str | None = None) -> Iterator[EntryPoint]:
    from importlib.metadata import entry_points  # 30 ms, and only for third parties

    yield from entry_points(group=ENTRY_POINTS, name=kind) if kind else entry_points(group=ENTRY_POINTS)
