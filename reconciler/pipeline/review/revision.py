"""Another revision of the files, out of git: what a pull request is compared with."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.model.landscape import Landscape
from reconciler.pipeline import declaration


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The base revision; `landscape` is None when it has no valid files."""

    ref: str
    commit: str
    top: Path
    landscape: Landscape | None

    def moved(self, path: str) -> bool:
        """Whether a file of this repository is another one there. What git does not know is not of the change."""
        real = Path(path).absolute()
        if not real.is_relative_to(self.top):
            return False
        name = real.relative_to(self.top).as_posix()
        then = _git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{self.commit}:{name}")
        if then is None and _git(self.top, "ls-files", "--error-unmatch", "--", name) is None:
            return False
        now = _git(self.top, "hash-object", "--", name) if real.is_file() else None
        return then != now


@contextmanager
def base(root: Path, ref: str | None, *, home: Path, today: str) -> Iterator[Base | None]:
    """The base revision of the files in `root`; UsageError when `ref` cannot be resolved.

    `home` is where relative paths of files start, `today` an ISO date.
    """
    if ref is None:
        yield None
        return
    top = _git(root if root.is_dir() else Path.cwd(), "rev-parse", "--show-toplevel")
    commit = top and _git(Path(top), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if not top:
        raise _no_repository(root, ref)
    if not commit:
        what = f"--base {ref}: not a revision in this repository"
        raise UsageError(what, fix="fetch it first; with actions/checkout: fetch-depth: 0")
    with tempfile.TemporaryDirectory(prefix="reconciler-base-") as folder:
        there = _extracted(Path(top), commit, root, Path(folder))
        found = declaration.judged(there, base=home, today=today) if there else None
        yield Base(ref=ref, commit=commit, top=Path(top), landscape=found.landscape if found else None)


def _no_repository(root: Path, ref: str) -> UsageError:
    if any((folder / ".git").exists() for folder in (root.resolve(), *root.resolve().parents)):
        # of another owner, as in many a container; or there is no git
        return UsageError(f"--base {ref}: git cannot open the repository of {root}", fix="git status says why")
    return UsageError(
        f"--base {ref}: {root} is in no git repository",
        why="the base is an earlier revision of the declared files, kept in git",
        fix="run it in a clone of their repository, or leave out --base",
    )


def _extracted(top: Path, commit: str, root: Path, folder: Path) -> Path | None:
    """The files of `root` as they were; None when they were not there."""
    name = Path(os.path.relpath(root.resolve(), top.resolve()))
    if ".." in name.parts:
        return None
    done = subprocess.run(  # noqa: S603  # fixed arguments; the commit is a hash
        ["git", "-C", str(top), "archive", "--format=tar", commit, "--", name.as_posix()],  # noqa: S607
        capture_output=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder / name


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, None when it refuses."""
    try:
        done = subprocess.run(  # noqa: S603  # a list, and no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607  # the user's own git
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
