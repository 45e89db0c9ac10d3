"""Another revision of the files, out of git: what a pull request is compared with."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.model.landscape import Landscape
from reconciler.pipeline import declaration
from reconciler.pipeline.review import git, reference
from reconciler.pipeline.review.files import Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The base revision: `ref` as people call it and its full `name`. `landscape` is None without valid files."""

    ref: str
    name: str
    commit: str
    files: Files
    landscape: Landscape | None


@contextmanager
def base(root: Path, ref: str | None, *, home: Path, today: str) -> Iterator[Base | None]:
    """The base revision of the files in `root`.

    `home` is where relative paths of files start, `today` an ISO date. UsageError when `ref` is not one commit, or
    where the files are not simply those of the repository: behind a link that the change brings, or in a submodule.
    """
    if ref is None:
        yield None
        return
    top = git.said(root if root.is_dir() else Path.cwd(), "rev-parse", "--show-toplevel")
    if not top:
        raise _no_repository(root, ref)
    found = reference.resolved(Path(top), ref)
    files = Files(top=Path(top), commit=found.commit, home=home)
    _check(root, files, ref)
    with tempfile.TemporaryDirectory(prefix="reconciler-base-") as folder:
        there = _extracted(files, root, Path(folder))
        judged = declaration.judged(there, base=home, today=today) if there else None
        landscape = judged.landscape if judged else None
        yield Base(ref=ref, name=found.name, commit=found.commit, files=files, landscape=landscape)


def _check(root: Path, files: Files, ref: str) -> None:
    if git.said(files.top, "rev-parse", "--show-superproject-working-tree"):
        raise UsageError(
            f"--base {ref}: {root} is in a submodule",
            why="the change decides which commit a submodule is at, so --base would be compared with itself",
            fix="run it in a clone of that repository",
        )
    inside = (Path(folder) / name for folder, folders, names in os.walk(root) for name in (*folders, *names))
    links = (one for one in inside if one.is_symlink() or (one / ".git").exists())
    wrong = next((one for one in (root, *links) if files.led_astray(str(one.absolute()))), None)
    if wrong is not None:
        raise UsageError(
            f"--base {ref}: {wrong} is a link or a submodule that {ref} does not have",
            why="files behind it would be read without being compared",
            fix="replace it with the files themselves, or merge it in a change of its own",
        )


def _no_repository(root: Path, ref: str) -> UsageError:
    if any((folder / ".git").exists() for folder in (root.resolve(), *root.resolve().parents)):
        # of another owner, as in many a container; or there is no git
        return UsageError(f"--base {ref}: git cannot open the repository of {root}", fix="git status says why")
    return UsageError(
        f"--base {ref}: {root} is not in a git repository",
        why="the base is an earlier revision of the declared files, kept in git",
        fix="run it in a clone of their repository, or leave out --base",
    )


def _extracted(files: Files, root: Path, folder: Path) -> Path | None:
    """The files of `root` as they were; None when they were not there."""
    if (name := files.name(root)) is None:
        return None
    found = git.output(files.top, "archive", "--format=tar", files.commit, "--", name.as_posix())
    if found is None:
        return None
    with tarfile.open(fileobj=io.BytesIO(found)) as archive:
        archive.extractall(folder, filter="data")
    return folder / name
