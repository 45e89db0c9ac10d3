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

from reconciler.cli import build
from reconciler.errors import UsageError
from reconciler.model.landscape import Landscape
from reconciler.pipeline import judge

# variables that say that this is CI of a pull request, and their values ("" is any)
_PULL_REQUEST = {
    "GITHUB_EVENT_NAME": "pull_request",  # and pull_request_target, pull_request_review
    "CI_MERGE_REQUEST_IID": "",
    "CHANGE_ID": "",
    "BITBUCKET_PR_ID": "",
    "BUILD_REASON": "PullRequest",
}
_BRANCHES = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "CHANGE_TARGET",
    "BITBUCKET_PR_DESTINATION_BRANCH",
)


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


def check(ref: str | None, command: str) -> None:
    """On a pull request a command has to know what was reviewed."""
    if ref is None and of_pull_request():
        branch = next((os.environ[name] for name in _BRANCHES if os.environ.get(name)), "main")
        raise UsageError(
            f"{command} of a pull request needs --base",
            why="its author is not trusted yet: what decides where a credential goes is taken from the base only",
            fix=f"reconciler {command} --base origin/{branch}",
        )


def refuse(command: str) -> None:
    """For commands that have no way to stay with what was reviewed."""
    if of_pull_request():
        raise UsageError(
            f"{command} is not for pull requests",
            why=f"their author is not trusted yet, and {command} opens the connections that the files name",
            fix="run it where you work, or in a job of the reviewed branch",
        )


@contextmanager
def base(root: Path, ref: str | None) -> Iterator[Base | None]:
    """The base revision of the files in `root`; UsageError when `ref` cannot be resolved."""
    if ref is None:
        yield None
        return
    top = _git(root if root.is_dir() else Path.cwd(), "rev-parse", "--show-toplevel")
    commit = top and _git(Path(top), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if not top:
        raise _no_repository(root, ref)
    if not commit:
        what = f"--base {ref}: not a revision of this repository"
        raise UsageError(what, fix="fetch it first; with actions/checkout: fetch-depth: 0")
    with tempfile.TemporaryDirectory(prefix="reconciler-base-") as folder:
        there = _extracted(Path(top), commit, root, Path(folder))
        found = judge.judged(there, base=build.base(root), today=build.today()) if there else None
        yield Base(ref=ref, commit=commit, top=Path(top), landscape=found.landscape if found else None)


def _no_repository(root: Path, ref: str) -> UsageError:
    if any((folder / ".git").exists() for folder in (root.resolve(), *root.resolve().parents)):
        # of another owner, as in many a container; or there is no git
        return UsageError(f"--base {ref}: git cannot open the repository of {root}", fix="git status says why")
    return UsageError(
        f"--base {ref}: {root} is in no git repository",
        why="the base is another revision of the declared files, and git has it",
        fix="run it in a clone of their repository, or leave --base out",
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


def of_pull_request() -> bool:
    return any(os.environ.get(name) and os.environ[name].startswith(start) for name, start in _PULL_REQUEST.items())


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
