"""What commands build before they call the stages: files, stores, state, run."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.cli.shell import debug
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.errors import InvalidError
from reconciler.model.finding import Finding, by_place
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Git
from reconciler.pipeline import declaration
from reconciler.pipeline.declaration import Judged
from reconciler.pipeline.policy import ca_files

if TYPE_CHECKING:
    from reconciler.pipeline.means import Means
    from reconciler.secrets.stores import Secrets


# a pattern that selects nothing: for commands that need the stores and the state, and no target
STORES: Final = (":",)


def files(root: Path, select: Sequence[str] = ()) -> Judged:
    """The declared files, judged by everything that can be judged without contacting anybody.

    Without those that are at fault and that nothing selected needs.
    """
    judged = declaration.judged(root, base=base(root), today=today(), select=select)
    if (land := judged.landscape) is None:
        return judged
    judged = replace(judged, findings=by_place((*judged.findings, *ca_files.findings(land))))
    return judged if land.engine is None else _with_keys(judged, land)


def _with_keys(judged: Judged, land: Landscape) -> Judged:
    from reconciler.pipeline.policy import broker_files, zone_keys  # most are in one network

    if warned := broker_files.findings(land):
        judged = replace(judged, findings=by_place((*judged.findings, *warned)))
    if not (wrong := zone_keys.findings(land)):
        return judged
    return replace(judged, landscape=None, findings=by_place((*judged.findings, *wrong)))


def landscape(root: Path, select: Sequence[str] = ()) -> tuple[Landscape, tuple[Finding, ...]]:
    """The landscape and what is worth telling of valid files. Raises InvalidFiles with all that is wrong."""
    judged = files(root, select)
    if judged.landscape is None:
        raise InvalidFiles(judged.findings, judged.files)
    return judged.landscape, judged.findings


def secrets(land: Landscape, root: Path) -> Secrets:
    from reconciler.cli.shell import progress, waits
    from reconciler.secrets.stores import Secrets  # 6 ms that validate and explain do not need

    waits.show()
    progress.show()
    return Secrets(land.stores, base=base(root), redactor=debug.redactor())


@contextlib.contextmanager
def means(land: Landscape, root: Path, *, writes: bool = False) -> Iterator[Means]:
    """What stages work with; everything that they open is closed at the end. `writes`: or logs in at relays."""
    from reconciler.engine import choose
    from reconciler.pipeline.means import Means

    with secrets(land, root) as opened, choose.engine(land, opened, writes=writes) as chosen:
        yield Means(secrets=opened, engine=chosen)


def base(root: Path) -> Path:
    """Relative paths in files start at the folder that holds the root."""
    return root.resolve().parent


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> str:
    return now()[:10]


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def git(root: Path) -> Git | None:
    """Commit and cleanness of the checkout; None outside one. Information only."""
    import subprocess

    from reconciler.secrets import surroundings

    def ask(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603  # fixed arguments
            ["git", "-C", str(root), *arguments],  # noqa: S607  # the user's own git
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
            env=surroundings.small(),
        ).stdout.strip()

    try:
        return Git(commit=ask("rev-parse", "HEAD"), dirty=bool(ask("status", "--porcelain", "--", ".")))
    except (OSError, subprocess.SubprocessError):
        return None


def check_state(land: Landscape) -> None:
    """InvalidError in CI where what is remembered would be lost with the job."""
    if in_ci() and land.state.backend == "file" and not land.state.persistent:
        raise InvalidError(
            f"state: {land.state.path} would be lost after this CI job",
            why="without state every run would write every secret again and could not tell who changed what",
            fix="state: {backend: vault, store: default, path: reconciler/state}, or persistent: true if it is kept",
        )


def interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and not in_ci()
