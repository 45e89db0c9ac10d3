"""What commands build before they call the stages: files, stores, state, run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model import codec
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape
from reconciler.model.plan import FORMAT_VERSION, Git
from reconciler.pipeline import judge
from reconciler.pipeline.judge import Judged
from reconciler.secrets.stores import Secrets
from reconciler.views import findings as findings_view
from reconciler.views.paper import Paper


def files(root: Path) -> Judged:
    """The declared files, judged by everything that can be judged without contacting anybody."""
    return judge.judged(root, base=base(root), today=today())


def landscape(root: Path, form: str, paper: Paper) -> tuple[Landscape, tuple[Finding, ...]]:
    """The landscape and what is worth telling of valid files; prints the errors of invalid ones and exits with 3."""
    judged = files(root)
    if judged.landscape is not None:
        return judged.landscape, judged.findings
    if form == "json":
        broken(judged.findings)
    else:
        click.echo(findings_view.text(judged.findings, files=judged.files, color=paper.color), err=True)
    raise click.exceptions.Exit(ExitCode.INVALID)


def broken(findings: Sequence[Finding]) -> None:
    """What `--format json` prints when there is no result: whole, valid, and says so."""
    emit(
        {
            "format_version": FORMAT_VERSION,
            "complete": False,
            "applyable": False,
            "changes": [],
            "findings": [codec.finding(finding) for finding in findings],
        }
    )


def guarded(form: str) -> AbstractContextManager[None]:
    """With `--format json`, an error from outside is printed as JSON too, and keeps its exit code."""
    return _Guard(form)


class _Guard(AbstractContextManager[None]):
    def __init__(self, form: str) -> None:
        self.form = form

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self.form == "json" and isinstance(error, ReconcilerError):
            broken([error.finding()])


def emit(data: Mapping[str, Any]) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def secrets(land: Landscape, root: Path) -> Secrets:
    return Secrets(land.stores, base=base(root))


def base(root: Path) -> Path:
    """Relative paths in files start at the folder that holds the root."""
    return root.resolve().parent


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> str:
    return now()[:10]


def run_id() -> str:
    """The CI's run, else who and when: "alice-112822"."""
    names = ("GITHUB_RUN_ID", "CI_JOB_ID", "BUILD_NUMBER")
    local = f"{os.environ.get('USER') or 'local'}-{datetime.now(UTC):%H%M%S}"
    return next((os.environ[name] for name in names if os.environ.get(name)), local)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def git(root: Path) -> Git | None:
    """Commit and cleanness of the checkout; None outside one. Information only."""

    def ask(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603  # fixed arguments
            ["git", "-C", str(root), *arguments],  # noqa: S607  # the user's own git
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.strip()

    try:
        return Git(commit=ask("rev-parse", "HEAD"), dirty=bool(ask("status", "--porcelain", "--", ".")))
    except (OSError, subprocess.SubprocessError):
        return None


def interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and not in_ci()
