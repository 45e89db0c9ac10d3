"""What each platform's settings mean, one file per platform. Platforms do not know each other.

Nothing is registered: the kind is the module's name with `-` for `_`, and its `PLATFORM` is the platform. Third parties
add one through the entry point group `reconciler.platforms`; it is read only for a kind that is not ours.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import PlatformError
from reconciler.model.platform import Platform

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
    from types import ModuleType

ENTRY_POINTS = "reconciler.platforms"
ATTRIBUTE = "PLATFORM"
KINDS = tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__)))


@cache
def load(kind: str) -> Platform | None:
    """The platform of a kind or alias, or None when nobody knows it.

    Raises PlatformError for a package whose platform cannot be imported, whatever its modules raise.
    """
    if kind in KINDS:
        return _ours(kind)
    for ours in map(_ours, KINDS):
        if kind in ours.aliases:
            return ours
    return None if (entry := _entry_point(kind)) is None else _theirs(entry)


def kind(name: str) -> str:
    """The kind behind a kind or alias; a third party's name is its kind."""
    if name in KINDS:
        return name
    return next((ours for ours in KINDS if name in _ours(ours).aliases), name)


@cache
def schema(name: str) -> Traversable | None:
    """The JSON Schema of a kind or alias: ours in `schemas/platforms/`, a third party's beside its module.

    Raises PlatformError as `load` does.
    """
    if (ours := kind(name)) in KINDS:
        return schemas() / "platforms" / f"{ours}.schema.json"
    return None if (entry := _entry_point(name)) is None else _beside(_module(entry), entry)


def package(kind: str) -> str | None:
    """Name and version of the package that provides a third party's kind: `acme-mail 2.1`. None for ours, and for one
    that is not installed."""
    entry = None if kind in KINDS else _entry_point(kind)
    return None if entry is None else _package(entry)


def rules() -> Iterator[tuple[str, Traversable]]:
    """What each kind says of its own rules: `rules.toml` beside its code, a third party's beside its module.

    A package that cannot be imported says nothing here.
    """
    for kind in KINDS:
        yield kind, files(__name__) / kind.replace("-", "_") / "rules.toml"
    for entry in _entry_points():
        try:
            file = Path(str(_module(entry).__file__)).parent / "rules.toml"
        except PlatformError:
            continue
        if file.is_file():
            yield entry.name, file


@cache
def schemas() -> Traversable:
    """The folder of our schemas: inside the wheel, or at the top of a checkout."""
    packaged = files("reconciler") / "schemas"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "schemas"


def known() -> tuple[str, ...]:
    """Every kind and alias, for "did you mean"."""
    aliases = {alias for kind in KINDS for alias in _ours(kind).aliases}
    return tuple(sorted({*KINDS, *aliases, *(entry.name for entry in _entry_points())}))


def _ours(kind: str) -> Platform:
    found = getattr(import_module(f"{__name__}.{kind.replace('-', '_')}"), ATTRIBUTE)
    assert isinstance(found, Platform), f"{ATTRIBUTE} of {kind} is not a Platform"  # noqa: S101  # a test loads them all
    return found


def _theirs(entry: EntryPoint) -> Platform:
    """An entry point names a module, or the object in it: `acme_mail.acme`, or `acme_mail.acme:PLATFORM`."""
    found = getattr(_module(entry), entry.attr or ATTRIBUTE, None)
    if not isinstance(found, Platform):
        raise _broken(entry, f"{entry.module}.{entry.attr or ATTRIBUTE} is not a Platform")
    return found


def _module(entry: EntryPoint) -> ModuleType:
    try:
        return import_module(entry.module)
    except ModuleNotFoundError as error:
        raise _broken(entry, f"there is no module {error.name}") from error
    except Exception as error:  # a foreign module may raise anything
        raise _broken(entry, f"importing {entry.module} raises {type(error).__name__}") from error


def _beside(module: ModuleType, entry: EntryPoint) -> Path:
    """In the folder that the module's own file is in: of a package, inside it."""
    file = Path(str(module.__file__)).parent / f"{entry.module.rpartition('.')[2].replace('_', '-')}.schema.json"
    if not file.is_file():
        raise _broken(entry, f"there is no {file.name} beside {entry.module}")
    return file


def _broken(entry: EntryPoint, why: str) -> PlatformError:
    package = _package(entry)
    return PlatformError(
        f"platform {entry.name} cannot be loaded: {why}",
        why=f"{package} provides it as {entry.value}",
        fix=f"install a version of {package.partition(' ')[0]} that works, or report it to its authors",
    )


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package"


def _entry_point(kind: str) -> EntryPoint | None:
    return next(_entry_points(kind), None)


def _entry_points(kind: str | None = None) -> Iterator[EntryPoint]:
    from importlib.metadata import entry_points  # 30 ms, and only for third parties

    yield from entry_points(group=ENTRY_POINTS, name=kind) if kind else entry_points(group=ENTRY_POINTS)
