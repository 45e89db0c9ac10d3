"""Which files make up a landscape, and what is wrong with their names and places. Opens none of them.

Names that begin with a dot belong to editors and to git, and are passed over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.model.finding import Finding
from reconciler.model.source import DocumentKind
from reconciler.pipeline.load import tree_messages
from reconciler.pipeline.load.tree_messages import ENVIRONMENT, RECONCILER, joined

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_MAX_STEPS: Final = 8  # upwards, for a root
_MAX_FOLDERS: Final = 1_000  # looked through for YAML where none should be


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file to read: `path` is how it is opened, `file` how it is shown."""

    kind: DocumentKind
    path: str
    file: str
    environment: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A file that is there and that nobody reads: where it is, or how it is named, it can be no part of a landscape."""

    file: str
    finding: Finding


Found = Source | Misfit | Finding


def is_name(name: str) -> bool:
    """Whether an environment or a target may be called so."""
    return _NAME.fullmatch(name) is not None


def found(root: Path) -> Iterator[Found]:
    """Every file of the landscape, every file that cannot be one, and what is wrong beside, in the order of names."""
    shown = as_typed(root)
    try:
        inside, entries = os.path.realpath(root, strict=True), _entries(os.fspath(root))
    except OSError as error:
        yield tree_messages.no_root(shown, error, _meant_root(root))
        return
    if not any(entry.name == RECONCILER for entry in entries):
        if (other := _other_root(root, entries)) is not None:
            yield tree_messages.other_root(shown, as_typed(other) or ".")
            return
        yield tree_messages.no_reconciler(joined(shown, RECONCILER))
    for entry in entries:
        file = joined(shown, entry.name)
        if (problem := _link_problem(entry, file, inside)) is not None:
            yield Misfit(file=file, finding=problem)
        elif entry.name == RECONCILER:
            yield Source(kind=DocumentKind.RECONCILER, path=entry.path, file=file)
        elif entry.is_dir():
            yield from _environment(entry, file, inside)
        elif _is_yaml(entry.name):
            yield Misfit(file=file, finding=tree_messages.misplaced(file))


def _other_root(root: Path, entries: list[os.DirEntry[str]]) -> Path | None:
    """The folder that is meant: below this one, or above it. `dev/reconciler.yaml` beside an environment.yaml is a
    target of that name."""
    above = Path(os.path.normpath(root / ".."))
    below = [Path(entry.path) for entry in entries if entry.is_dir()]
    return next((one for one in (*below, above) if _is_root(one)), None)


def _meant_root(root: Path) -> str | None:
    """For a root that is not there: where one has a name like it, or around the working folder, as git looks."""
    if named := _named_root(root):
        return as_typed(named)
    if root.is_absolute():
        return None
    for steps in range(_MAX_STEPS):
        up = Path(*[".."] * steps)
        if (found := next((one for one in (up, up / root) if _is_root(one)), None)) is not None:
            return os.fspath(found)
        if up.resolve() == up.resolve().parent:
            break
    return None


def _named_root(root: Path) -> Path | None:
    from difflib import get_close_matches  # 6 ms, and only for a typing mistake

    try:
        beside = {entry.name: root.parent / entry.name for entry in _entries(os.fspath(root.parent)) if entry.is_dir()}
    except OSError:
        return None
    near = get_close_matches(root.name, [name for name, folder in beside.items() if _is_root(folder)], n=1)
    return beside[near[0]] if near else None


def _is_root(folder: Path) -> bool:
    return (folder / RECONCILER).is_file() and not (folder / ENVIRONMENT).exists()


def _environment(folder: os.DirEntry[str], shown: str, inside: str) -> Iterator[Found]:
    try:
        entries = _entries(folder.path)
    except OSError as error:
        yield tree_messages.unreadable(shown, error)
        return
    files = [item for entry in entries for item in _files(entry, shown, folder.name, inside)]
    if not files:
        return  # certificates, notes: a folder without YAML is no environment
    if _NAME.fullmatch(folder.name) is None:
        yield tree_messages.name(shown, folder.name, "environment")
    if not any(entry.name == ENVIRONMENT for entry in entries):
        yield tree_messages.no_environment(joined(shown, ENVIRONMENT))
    yield from files


def _files(entry: os.DirEntry[str], shown: str, environment: str, inside: str) -> Iterator[Found]:
    file = joined(shown, entry.name)
    if (problem := _link_problem(entry, file, inside)) is not None:
        yield Misfit(file=file, finding=problem)
    elif entry.name == ENVIRONMENT:
        yield Source(kind=DocumentKind.ENVIRONMENT, path=entry.path, file=file, environment=environment)
    elif entry.is_dir():
        yield from _nested(entry.path, file, shown)
    elif entry.name.endswith(".yaml"):
        name = entry.name.removesuffix(".yaml")
        if _NAME.fullmatch(name) is None:
            yield tree_messages.name(file, name, "target")
        yield Source(kind=DocumentKind.TARGET, path=entry.path, file=file, environment=environment, name=name)
    elif _is_yaml(entry.name):
        yield Misfit(file=file, finding=tree_messages.suffix(file))


def _nested(path: str, shown: str, environment: str) -> Iterator[Found]:
    todo = [(path, shown)]
    for _ in range(_MAX_FOLDERS):
        if not todo:
            return
        folder, file = todo.pop()
        try:
            entries = _entries(folder)
        except OSError as error:
            yield tree_messages.unreadable(file, error)
            continue
        todo.extend((entry.path, joined(file, entry.name)) for entry in entries if entry.is_dir(follow_symlinks=False))
        for entry in entries:
            if _is_yaml(entry.name):
                misplaced = joined(file, entry.name)
                yield Misfit(file=misplaced, finding=tree_messages.nested(misplaced, environment))


def _link_problem(entry: os.DirEntry[str], file: str, inside: str) -> Finding | None:
    """A link may lead to another place below the root, and nowhere else."""
    if not entry.is_symlink():
        return None
    try:
        real = os.path.realpath(entry.path, strict=True)
    except OSError as error:
        return tree_messages.link_nowhere(file, error)
    if not _is_below(real, inside):
        return tree_messages.link_outside(file) if _is_yaml(entry.name) or entry.is_dir() else None
    holder = os.path.realpath(os.path.dirname(entry.path))  # noqa: PTH120  # text: nothing is opened
    return tree_messages.link_circle(file) if _is_below(holder, real) else None


def _is_below(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


def _is_yaml(name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml"))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if not entry.name.startswith(".")), key=_order)


def _order(entry: os.DirEntry[str]) -> tuple[bool, str]:
    return entry.name not in (RECONCILER, ENVIRONMENT), entry.name


def as_typed(root: Path) -> str:
    """Relative to the working folder when it is below it, and without a leading `./`."""
    below = root.absolute()
    cwd = Path.cwd()
    shown = os.fspath(below.relative_to(cwd)) if root.is_absolute() and below.is_relative_to(cwd) else os.fspath(root)
    return "" if shown == "." else shown
