"""What commands build before they call the stages: files, stores, state, run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconciler.cli import debug
from reconciler.cli.endings import InvalidFiles
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Git
from reconciler.pipeline import load, policy, resolve, validate
from reconciler.secrets.stores import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The declared files, judged. `landscape` is None when there is an error among the findings."""

    landscape: Landscape | None
    findings: tuple[Finding, ...]
    count: int

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


def files(root: Path) -> Files:
    """Loads, validates, resolves and judges; each step only when the one before found no error."""
    loaded = load.documents(root)
    found = validate.in_order((*loaded.findings, *validate.findings(loaded.documents)))
    count = loaded.files
    if _errors(found):
        return Files(landscape=None, findings=found, count=count)
    resolved = resolve.landscape(loaded.documents, base(root))
    found = (*found, *resolved.findings, *policy.findings(resolved.landscape, today()))
    return Files(landscape=None if _errors(found) else resolved.landscape, findings=found, count=count)


def landscape(root: Path) -> tuple[Landscape, tuple[Finding, ...]]:
    """The landscape and what is worth telling of valid files. Raises InvalidFiles with all that is wrong."""
    judged = files(root)
    if judged.landscape is None:
        raise InvalidFiles(judged.findings, judged.count)
    return judged.landscape, judged.findings


def secrets(land: Landscape, root: Path) -> Secrets:
    return Secrets(land.stores, base=base(root), redactor=debug.redactor())


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


def _errors(found: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in found)
