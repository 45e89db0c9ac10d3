"""What a plan as a comment needs beside it: how much fits, where files can be looked at, what an earlier plan had."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.model.plan import Plan
from reconciler.pipeline.plan import difference, file
from reconciler.pipeline.review import host


def earlier(since: Path | None, *, shown: bool) -> Plan | None:
    """The plan of `--since`. Raises UsageError where it would not be `shown`, and PlanFileError."""
    if since is None:
        return None
    if not shown:
        fix = "add --format markdown; or reconciler show PLAN --since OTHER"
        raise UsageError("--since needs --format markdown", why="no other form shows what changed since", fix=fix)
    return file.load(since)


def beside(
    plan: Plan, environ: Mapping[str, str], *, fit: str | None = None, before: Plan | None = None
) -> Mapping[str, object]:
    """`fit` names the host, where CI does not say it by `environ`; `before` is a plan that its reader has seen."""
    return {
        "limit": host.limit(fit, environ),
        "html": host.shows_html(fit, environ),
        "link": host.link(plan.git, Path.cwd(), environ),
        "since": difference.since(before, plan) if before else None,
    }
