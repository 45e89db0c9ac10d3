"""Findings as a Code Quality report, which GitLab shows in a merge request.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.views.findings import short

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.RISK: "minor", Severity.NOTE: "info"}


def document(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """A list, empty where there is nothing; GitLab compares it with the target branch by `fingerprint`."""
    seen: Counter[str] = Counter()
    return [_entry(one, seen) for one in short(findings) if not one.accepted]


def _entry(one: Finding, seen: Counter[str]) -> dict[str, Any]:
    told = "; ".join([one.what, *([f"fix: {one.fix}"] if one.fix else [])])
    where = one.where
    return {
        "description": told,
        "check_name": one.rule,
        "fingerprint": _fingerprint(one, seen),
        "severity": _SEVERITIES[one.severity],
        "location": {"path": where.file if where else ".", "lines": {"begin": where.line if where else 1}},
    }


def _fingerprint(one: Finding, seen: Counter[str]) -> str:
    """Without the line, so that it stays the same when lines are added above; the second of a kind differs."""
    same = "\n".join((one.rule, one.where.file if one.where else "", one.what))
    seen[same] += 1
    return sha256(f"{same}\n{seen[same]}".encode(errors="surrogatepass")).hexdigest()
