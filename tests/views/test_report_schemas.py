"""The reports that other programs read, by their published schemas: SARIF, JUnit as Jenkins reads it, code quality.

`.ci/report-schemas` fetches the first two. GitLab publishes a table, which stands here as a schema.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support.commandline import TOP
from support.outside import COMMANDS, SIGNS
from support.plans import at

from reconciler.model.acceptance import Accepted
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.views import forms
from reconciler.views.paper import Paper

SCHEMAS = TOP / ".readers/schemas"
# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!/|\\./)"},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"minimum": 1}}},
                },
            },
        },
    },
}
ONE = Finding(severity=Severity.ERROR, rule="x", what="x", why="x", fix="x", where=at(9), address="prod/x", field="x")
FINDINGS = [
    *(replace(ONE, severity=severity) for severity in Severity),
    replace(ONE, where=None, why=None, fix=None),
    replace(ONE, accepted=Accepted(reason="known", until="2026-12-24")),
    *(replace(ONE, what=text, why=text, fix=text, where=at(9, f"{text} ä.yaml")) for text in (*SIGNS, *COMMANDS)),
]
HANDSHAKES = [
    Handshake(
        relay=text,
        host=text,
        port=25,
        level=Level.TLS,
        status=Status.FAIL,
        steps=(Step(name=text, ms=1.0),),
        checks=tuple(
            CheckResult(id="SMTP200", status=status, reason=text, evidence=text, advice=text) for status in CheckStatus
        ),
        summary=text,
        via=text,
    )
    for text in ("x", *SIGNS, *COMMANDS)
]


def made(command: str, form: str, result: object) -> str:
    return forms.rendered(command, form, result, Paper())


@pytest.fixture(scope="module")
def fetched() -> Path:
    if not (SCHEMAS / "sarif.json").is_file() or not (SCHEMAS / "venv/bin/python").is_file():
        pytest.skip("the published schemas are not here: .ci/report-schemas fetches them")
    return SCHEMAS


@pytest.mark.parametrize("found", [FINDINGS, []], ids=["findings", "none"])
def test_sarif_is_as_oasis_has_it(fetched: Path, found: list[Finding]) -> None:
    schema: Any = json.loads((fetched / "sarif.json").read_text("utf-8"))
    told = json.loads(made("validate", "sarif", found))
    assert [error.message for error in jsonschema.Draft4Validator(schema).iter_errors(told)] == []
    assert len(told["runs"][0]["results"]) == len(found)


def test_code_quality_is_as_gitlab_has_it() -> None:
    told = json.loads(made("validate", "gitlab", FINDINGS))
    assert [error.message for error in jsonschema.Draft202012Validator(CODE_QUALITY).iter_errors(told)] == []
    assert len({one["fingerprint"] for one in told}) == len(told) == len(FINDINGS) - 1


JUDGE = """
import sys, xmlschema
schema = xmlschema.XMLSchema(sys.argv[1])
print([f"{name}: {error.reason}" for name in sys.argv[2:] for error in schema.iter_errors(name)])
"""


def test_junit_is_as_jenkins_has_it(fetched: Path, tmp_path: Path) -> None:
    reports: dict[str, Callable[[], str]] = {
        "findings.xml": lambda: made("validate", "junit", FINDINGS),
        "none.xml": lambda: made("validate", "junit", []),
        "handshakes.xml": lambda: made("verify", "junit", HANDSHAKES),
    }
    for name, report in reports.items():
        (tmp_path / name).write_text(report(), encoding="utf-8")
    command = [str(fetched / "venv/bin/python"), "-c", JUDGE, str(fetched / "junit-10.xsd"), *reports]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
