"""Which commit a base is, by the full name of one reference: a short one can be given to a tag or branch by anybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.pipeline.review import git

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_KINDS = ("refs/heads/", "refs/remotes/", "refs/tags/", "refs/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`name` is the full one, or the commit where that was given."""

    name: str
    commit: str


def resolved(top: Path, ref: str) -> Reference:
    """UsageError unless `ref` is a whole commit or names one reference, and one that has a commit."""
    if _COMMIT.fullmatch(ref):
        return Reference(name=ref, commit=_commit(top, ref, ref))
    there = _named(top, ref)
    if len(there) > 1:
        raise UsageError(
            f"--base {ref}: ambiguous; there are {' and '.join(sorted(there))}",
            why="git would take one of them, and whoever can push a tag or a branch could choose which",
            fix=f"--base {next((name for name in there if name.startswith('refs/remotes/')), min(there))}",
        )
    if not there:
        raise _missing(ref)
    return Reference(name=there[0], commit=_commit(top, there[0], ref))


def _named(top: Path, ref: str) -> list[str]:
    if not ref or ref.startswith("-"):
        return []
    full = [ref] if ref.startswith("refs/") else [f"{kind}{ref}" for kind in _KINDS]
    known = git.said(top, "for-each-ref", "--format=%(refname)", "--", *full) or ""
    return [name for name in known.split("\n") if name in full]


def _commit(top: Path, name: str, ref: str) -> str:
    # of a full name git takes the reference itself
    found = git.said(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if not found:
        raise _missing(ref)
    return found


def _missing(ref: str) -> UsageError:
    return UsageError(
        f"--base {ref}: not a branch, tag or whole commit of this repository",
        why="a base is named in full, so that it is the same whatever a change brings",
        fix="fetch it first; with actions/checkout: fetch-depth: 0. E.g. --base refs/remotes/origin/main",
    )
