"""Findings as SARIF 2.1.0, for GitHub code scanning, Azure DevOps and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler import __version__
from reconciler.model.finding import Finding, Severity
from reconciler.views.findings import short

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.RISK: "warning", Severity.NOTE: "note"}


def document(findings: Sequence[Finding]) -> dict[str, Any]:
    found = short(findings)
    rules = [{"id": rule} for rule in sorted({one.rule for one in found})]
    run = {
        "tool": {"driver": {"name": "reconciler", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one) for one in found],
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _result(one: Finding) -> dict[str, Any]:
    told = [one.what, *(f"{word}: {said}" for word, said in (("why", one.why), ("fix", one.fix)) if said)]
    made: dict[str, Any] = {"ruleId": one.rule, "level": _LEVELS[one.severity], "message": {"text": "\n".join(told)}}
    if one.where:
        made["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(one.where.file)},
                    "region": {"startLine": one.where.line, "startColumn": one.where.column},
                }
            }
        ]
    if one.accepted:
        made["suppressions"] = [{"kind": "inSource", "justification": one.accepted.reason}]
    return made


def _uri(file: str) -> str:
    from urllib.parse import quote

    return quote(file, errors="replace")  # a name on the disk need not be UTF-8
