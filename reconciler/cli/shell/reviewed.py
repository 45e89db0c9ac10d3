"""`apply --reviewed`: the plan that was reviewed, as a saved one or as the comment that showed it."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import UsageError
from reconciler.model.difference import fingerprint, fingerprints
from reconciler.model.plan import Plan
from reconciler.pipeline.plan import file, reviewed
from reconciler.views.plans import header

_MOST = 1 << 20  # bytes of a comment


def check(todo: Plan, path: Path) -> None:
    """Raises NotReviewed where `todo` has more than was reviewed, UsageError and PlanFileError for another file."""
    text = _text(path)
    if text.lstrip().startswith("{"):
        found = fingerprints(file.load(path).changes)
        reviewed.check(todo, fingerprint(found), found)
        return
    if (seen := header.read(text)) is None:
        raise UsageError(
            f"--reviewed {path}: no plan, and no comment of one",
            why="a comment begins with a hidden line that says which plan it shows",
            fix="reconciler ci keeps it as reviewed.md; or name a plan of reconciler plan --out",
        )
    reviewed.check(todo, seen.plan, seen.resources)


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as found:
            return found.read(_MOST)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
        raise UsageError(f"--reviewed {path}: {why}", fix="name the plan that was reviewed, or its comment") from error
